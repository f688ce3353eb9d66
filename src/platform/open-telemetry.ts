/**
 * Sends traces by OpenTelemetry. Only `open-tracing.ts` loads this file, when the variables of OpenTelemetry ask for
 * traces. The SDK reads its standard variables itself (`OTEL_…`).
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
import {
  context,
  diag,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { core, NodeSDK, resources } from '@opentelemetry/sdk-node';
import type { TracedRequest, Tracing } from './tracing';

export interface TelemetryOptions {
  version: string;
  /** Called when traces cannot be sent. */
  onProblem: (error: unknown) => void;
}

/** How long the end of the server waits for spans that have not been sent. */
const LAST_EXPORT_MILLIS = 3_000;
/** A longer statement is cut. */
const MOST_OF_A_STATEMENT = 8_192;

export function startTelemetry({ version, onProblem }: TelemetryOptions): Tracing {
  const sdk = new NodeSDK({
    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say replaces these.
    resource: resources.resourceFromAttributes({ 'service.name': 'homeward', 'service.version': version }),
    resourceDetectors: [resources.envDetector, resources.hostDetector],
    // Metrics are read from /metrics, and logs from standard output.
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  // The SDK would write to standard output, which is the log. Its messages can contain bodies of answers.
  diag.disable();
  core.setGlobalErrorHandler(onProblem);
  return tracingOf(trace.getTracer('homeward', version), () => sdk.shutdown());
}

function tracingOf(tracer: Tracer, shutdown: () => Promise<void>): Tracing {
  const task: Tracing['task'] = (name, work) => tracer.startActiveSpan(name, (span) => ended(span, work));
  const isTraced = (): boolean => trace.getActiveSpan() !== undefined;
  return {
    request: (headers, work) => {
      const from = propagation.extract(ROOT_CONTEXT, headers);
      return tracer.startActiveSpan('request', { kind: SpanKind.SERVER }, from, (span) =>
        ended(span, async () => named(span, await work())),
      );
    },
    task,
    step: (name, work) => (isTraced() ? task(name, work) : work()),
    statement: ({ name, text }, work) => {
      if (!isTraced()) return work();
      const attributes = {
        'db.system.name': 'postgresql',
        'db.query.text': text.slice(0, MOST_OF_A_STATEMENT),
      };
      return tracer.startActiveSpan(name ?? firstWord(text), { kind: SpanKind.CLIENT, attributes }, (span) =>
        ended(span, work),
      );
    },
    traceId: () => trace.getSpan(context.active())?.spanContext().traceId,
    stop: async () => {
      const limit = new Promise<void>((resolve) => setTimeout(resolve, LAST_EXPORT_MILLIS).unref());
      await Promise.race([shutdown().catch(() => undefined), limit]);
    },
  };
}

/** `BEGIN`, `COMMIT`, `SELECT` */
const firstWord = (text: string): string => /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? 'statement';

/** Names the span of a request when its route is known. */
function named<T extends TracedRequest>(span: Span, answered: T): T {
  const { method, route, status } = answered;
  span.updateName(`${method} ${route}`);
  span.setAttributes({
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
  });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  return answered;
}

/** Runs the work and ends its span, also for work that is a promise. */
function ended<T>(span: Span, work: () => T): T {
  try {
    const result = work();
    if (!(result instanceof Promise)) {
      span.end();
      return result;
    }
    return result.then(
      (value: unknown) => {
        span.end();
        return value;
      },
      (error: unknown) => {
        fail(span, error);
        throw error;
      },
    ) as T;
  } catch (error) {
    fail(span, error);
    throw error;
  }
}

/** The class or the code of an error, not its message, which may quote a row. */
function fail(span: Span, error: unknown): void {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', typeof code === 'string' ? code : String(name ?? 'error'));
  span.end();
}
