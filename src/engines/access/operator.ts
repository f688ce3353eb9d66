/** The caller that an operator's command line is: it has every scope, and the site's policy holds for it like for others. */
import { senderFor, type Caller } from './caller';
import { parseScopes } from './scopes';

const CLIENT_ID = 'cli';

/** @param odsCode the organisation that the operator names with `--ods`; without one the sender is `client:cli` */
export function operatorCaller(odsCode?: string): Caller {
  return {
    clientId: CLIENT_ID,
    sender: senderFor(CLIENT_ID, odsCode),
    ...(odsCode === undefined ? {} : { odsCode }),
    scopes: parseScopes('system/*.cruds system/AuditEvent.cruds'),
    issuer: 'urn:homeward:command-line',
  };
}
