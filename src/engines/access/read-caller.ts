/**
 * Converts the claims of a verified token into the caller. An invalid claim that decides something (who, which
 * organisation, what scope) makes the token unusable; one that only describes the person is ignored.
 * @see docs/access.md
 */
import type { ScopeRules } from '../../definitions/scope-rules';
import type { JsonObject } from '../../fhir/types';
import { inCapitals } from '../../terminology/ods';
import { senderFor, type Caller, type CallerUser } from './caller';
import { parseScopes } from './scopes';

/** Letters and digits; a site's own test organisations may have `-`, `_` and `.` too. */
const ORGANISATION = /^[A-Z0-9][A-Z0-9._-]{0,31}$/;
/** Printable, no control characters, because it is written into logs and audit records. */
const NAME = /^[^\p{Cc}\p{Cs}]{1,256}$/u;

/** `undefined` when the claims do not identify the caller in a valid form. */
export function readCaller(claims: JsonObject, issuer: string, scopeRules: ScopeRules): Caller | undefined {
  const clientId = claims.client_id ?? claims.sub;
  const scope = scopeText(claims.scope);
  const odsCode = readOdsCode(claims.ods_code);
  if (!isName(clientId) || scope === undefined || odsCode === undefined) return undefined;
  const user = readUser(claims);
  return {
    clientId,
    sender: senderFor(clientId, odsCode ?? undefined),
    ...(odsCode !== null && { odsCode }),
    ...(user && { user }),
    scopes: parseScopes(scope, scopeRules),
    ...(isName(claims.jti) && { tokenId: claims.jti }),
    issuer,
  };
}

function scopeText(scope: JsonObject[string]): string | undefined {
  if (scope === undefined || scope === null) return '';
  if (typeof scope === 'string') return scope;
  return Array.isArray(scope) && scope.every((item) => typeof item === 'string')
    ? scope.join(' ')
    : undefined;
}

/** The code in capitals, `null` when there is none, `undefined` when it cannot be an organisation's code. */
export function readOdsCode(value: JsonObject[string]): string | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') return undefined;
  const code = inCapitals(value.replace(/^[ \t]+|[ \t]+$/g, ''));
  return ORGANISATION.test(code) ? code : undefined;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

function readUser({ fhirUser, name, role }: JsonObject): CallerUser | undefined {
  const user = {
    ...(isName(fhirUser) && { fhirUser }),
    ...(isName(name) && { name }),
    ...(isName(role) && { role }),
  };
  return Object.keys(user).length > 0 ? user : undefined;
}
