/** Opens tracing. The packages of OpenTelemetry are loaded only when its standard variables ask for traces. */
import { untraced, type Tracing } from './tracing';
import type { TelemetryOptions } from './open-telemetry';

/** The standard variables that decide whether there are traces; the SDK reads these and the others itself. */
export interface TracingSettings {
  otlpEndpoint: string | undefined;
  otlpTracesEndpoint: string | undefined;
  otelTracesExporter: string | undefined;
  otelSdkDisabled: 'true' | 'false' | undefined;
}

export function openTracing(settings: TracingSettings, options: TelemetryOptions): Tracing {
  if (!asksForTraces(settings)) return untraced;
  // Loaded here only: it takes some 150 ms and 25 MB.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { startTelemetry } = require('./open-telemetry') as typeof import('./open-telemetry');
  return startTelemetry(options);
}

export function asksForTraces({
  otlpEndpoint,
  otlpTracesEndpoint,
  otelTracesExporter,
  otelSdkDisabled,
}: TracingSettings): boolean {
  if (otelSdkDisabled === 'true' || otelTracesExporter?.toLowerCase() === 'none') return false;
  return [otlpEndpoint, otlpTracesEndpoint, otelTracesExporter].some((each) => each !== undefined);
}
