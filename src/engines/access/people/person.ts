/** A person who is signed in, as the pages and the use cases need one. */
import type { ScopeRules } from '../../../definitions/scope-rules';
import { senderFor, type Caller } from '../caller';
import { parseScopes } from '../scopes';
import { scopeOf, type Role } from './roles';
import type { SignedInPerson } from './sessions';

export interface Person {
  name: string;
  roles: readonly Role[];
  /** The person as the caller of a use case, with the scopes that a token of the person would have. */
  caller: Caller;
  /** The session's id, from the cookie. */
  sessionId: string;
  /** The token that every form of this session carries. */
  formToken: string;
  /** The reasons given to break the glass, by patient id. */
  reasons: Readonly<Record<string, string>>;
}

/** The client in the audit records of people who use the pages. */
const CLIENT = 'homeward-console';

/** @param key connects the audit records of one session; absent before there is one */
export function callerOf(
  { name, issuer, roles, odsCode }: SignedInPerson,
  key: string | undefined,
  scopeRules: ScopeRules,
): Caller {
  return {
    clientId: CLIENT,
    sender: senderFor(CLIENT, odsCode),
    ...(odsCode === undefined ? {} : { odsCode }),
    user: { name, ...(roles.length > 0 ? { role: roles.join(', ') } : {}) },
    scopes: parseScopes(scopeOf(roles), scopeRules),
    ...(key === undefined ? {} : { tokenId: key }),
    issuer,
  };
}
