/** What operators see: logs and anchors of the ledger. @see docs/configuration.md */
import { choice, text } from './variable';

export const watching = {
  logLevel: choice('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    unlessSet: 'info',
    meaning: 'The lowest level of messages to log.',
  }),
  ledgerAnchor: text('LEDGER_ANCHOR', {
    meaning: 'A file or an `https:` address to which the server sends each signed head of the ledger.',
  }),
};
