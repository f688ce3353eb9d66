/**
 * The caller: what a verified access token says. All code after authentication uses this and never the token.
 * @see docs/access.md
 */
import type { Scopes } from './scopes';

export interface Caller {
  /** The system that calls: the token's `client_id`, or its `sub`. */
  clientId: string;
  /** The sender of its submissions: the organisation's ODS code or, without one, `client:<client id>`. */
  sender: string;
  /** The caller's organisation: the token's `ods_code`, in capitals. */
  odsCode?: string;
  /** The end user's organisation as the caller states it (`NHSD-End-User-Organisation-ODS`): claimed, not verified. */
  endUserOrganisation?: string;
  /** The user, if the token names one. */
  user?: CallerUser;
  scopes: Scopes;
  /** The token's `jti`, which connects audit records to one token. */
  tokenId?: string;
  /** The issuer of the token: its `iss`. */
  issuer: string;
}

/**
 * The sender of a caller: `RR8`, or `client:ward-system` for a caller without an organisation. ODS codes have no colon,
 * so a client whose id looks like an ODS code is never taken for that organisation.
 */
export function senderFor(clientId: string, odsCode: string | undefined): string {
  return odsCode ?? `client:${clientId}`;
}

export interface CallerUser {
  /** A reference or address, such as `Practitioner/123`. */
  fhirUser?: string;
  name?: string;
  role?: string;
}
