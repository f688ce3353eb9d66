/** What operators see: logs, metrics, traces and anchors of the ledger. @see docs/configuration.md */
import { choice, text, url, wholeIfSet } from './variable';

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
  otlpEndpoint: url('OTEL_EXPORTER_OTLP_ENDPOINT', ['https:', 'http:'], {
    meaning:
      'The OpenTelemetry collector that receives traces, such as `http://127.0.0.1:4318`. Without this variable and the next two there are no traces. OpenTelemetry’s other standard variables apply too (`OTEL_EXPORTER_OTLP_PROTOCOL`, `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER` and more).',
  }),
  otlpTracesEndpoint: url('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', ['https:', 'http:'], {
    meaning: 'The same, as the whole address for traces, such as `http://127.0.0.1:4318/v1/traces`.',
  }),
  otelTracesExporter: text('OTEL_TRACES_EXPORTER', {
    meaning: 'How traces are sent: `otlp` or `zipkin`. `none` switches traces off.',
  }),
  otelSdkDisabled: choice('OTEL_SDK_DISABLED', ['true', 'false'], {
    meaning: '`true` switches traces off.',
  }),
  ledgerAnchor: text('LEDGER_ANCHOR', {
    meaning: 'A file or an `https:` address to which the server sends each signed head of the ledger.',
  }),
};
