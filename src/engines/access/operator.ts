/** The caller that an operator's command line is: it has every scope, and the site's policy holds for it like for others. */
import type { ScopeRules } from '../../definitions/scope-rules';
import { senderFor, type Caller } from './caller';
import { parseScopes } from './scopes';

const CLIENT_ID = 'cli';
/** `*` includes the types that a client must name, too. */
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
