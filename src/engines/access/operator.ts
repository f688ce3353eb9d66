/** The caller of an operator's command: it has every scope, and the site's policy applies to it as to others. */
import type { ScopeRules } from '../../definitions/scope-rules';
import { senderFor, type Caller } from './caller';
import { parseScopes } from './scopes';

const CLIENT_ID = 'cli';
/** Here `*` also includes the types that a client must name. */
const EVERY_TYPE: ScopeRules = { namedOnly: new Set(), follows: new Map() };

/** @param odsCode the organisation that the operator names with `--ods`; without one the sender is `client:cli` */
export function operatorCaller(odsCode?: string): Caller {
  return {
    clientId: CLIENT_ID,
    sender: senderFor(CLIENT_ID, odsCode),
    ...(odsCode === undefined ? {} : { odsCode }),
    scopes: parseScopes('system/*.cruds', EVERY_TYPE),
    issuer: 'urn:homeward:command-line',
  };
}
