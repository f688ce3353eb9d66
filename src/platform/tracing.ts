/**
 * Traces: which steps a request takes, and how long each of them runs. Without the variables of OpenTelemetry nothing is
 * traced, and `untraced` calls the work directly. Spans have names and ids of the server only, never patient data.
 *
 * @example a step of a use case
 * const checked = tracing.step('validate', () => validate(repaired, forValidating));
 * @see docs/traces.md
 */
import type { IncomingHttpHeaders } from 'node:http';

/** How a request ended, as its log line names it. */
export interface TracedRequest {
  method: string;
  /** The template of the path, such as `/FHIR/R4/Observation/:id`. */
  route: string;
  status: number;
}

export interface Tracing {
  /** Traces a whole request. It continues the trace that the caller names in `traceparent`. */
  request<T extends TracedRequest>(headers: IncomingHttpHeaders, work: () => Promise<T>): Promise<T>;
  /** Traces a piece of work that no request began, such as a message of MESH, or a part of a request. */
  task<T>(name: string, work: () => T): T;
  /** Traces a step of a request or a task. Outside of them, nothing is traced. */
  step<T>(name: string, work: () => T): T;
  /** Traces a statement of a request or a task. Its values are never passed. */
  statement<T>(statement: { name?: string | undefined; text: string }, work: () => T): T;
  /** The id of the current trace, for the log. */
  traceId(): string | undefined;
  /** Sends what has not been sent. */
  stop(): Promise<void>;
}

export const untraced: Tracing = {
  request: (_headers, work) => work(),
  task: (_name, work) => work(),
  step: (_name, work) => work(),
  statement: (_statement, work) => work(),
  traceId: () => undefined,
  stop: async () => undefined,
};
