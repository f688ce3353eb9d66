/**
 * Who is calling: what an access token said, once it has been verified. Everything behind the edge sees this and
 * never the token.
 * @see docs/access.md
 */
import type { Scopes } from './scopes';

export interface Caller {
  /** The system that calls: the token's `client_id`, or its `sub`. */
  clientId: string;
  /** Whom it submits for: the organisation's ODS code, or without one `client:<client id>`. */
  sender: string;
  /** The caller's organisation: the token's `ods_code`, in capitals. */
  odsCode?: string;
  /** The end user's organisation as the caller states it (`NHSD-End-User-Organisation-ODS`): claimed, not proven. */
  endUserOrganisation?: string;
  /** The person behind the call, where the token names one. */
  user?: CallerUser;
  scopes: Scopes;
  /** The token's `jti`: what ties audit records to one token. */
  tokenId?: string;
  /** Who vouched for all this: the token's `iss`. */
  issuer: string;
}

/**
 * The sender that a caller is: `RR8`, or `client:ward-system` for a caller without an organisation. No ODS code has a
 * colon, so a client that is called like an organisation is never that organisation.
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
