/** What operators see: logs, metrics and anchors of the ledger. @see docs/configuration.md */
import { choice, text, wholeIfSet } from './variable';

export const watching = {
  logLevel: choice('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    unlessSet: 'info',
    meaning: 'The lowest level of messages to log.',
  }),
  metricsPort: wholeIfSet('METRICS_PORT', {
    shown: 'the port of the server',
    from: 0,
    to: 65_535,
    meaning:
      'The port of `HOST` for `GET /metrics`, which the server’s own port then does not answer. 0 chooses a free port.',
  }),
  metricsToken: text('METRICS_TOKEN', {
    meaning:
      'The bearer token for `GET /metrics`. On a loopback `HOST`, no token is needed. On any other, `/metrics` answers 404 until this is set.',
  }),
  ledgerAnchor: text('LEDGER_ANCHOR', {
    meaning: 'A file or an `https:` address to which the server sends each signed head of the ledger.',
  }),
};
