/**
 * Listens before the server can serve, so that a port already in use is noticed before the database is created. Until
 * then it answers `/_ping`, reports on `/_status` that it is starting, and lets other requests wait a moment.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { operationOutcome } from '../../fhir/operation-outcome';
import { plainPath } from './plain-path';

export interface Starting {
  listener: RequestListener;
  /** Sets what `/_status` says that the start waits for; undefined for nothing. */
  waitsFor(sentence: string | undefined): void;
  /** Passes requests to the application from now on, first those that waited. */
  open(app: RequestListener): void;
}

const PATIENCE_MILLIS = 10_000;
const MOST_WAITING = 1_000;

/** @param headers the headers of every answer */
export function whileStarting(headers: Readonly<Record<string, string>>): Starting {
  let app: RequestListener | undefined;
  let output = 'starting';
  const waiting = new Map<ServerResponse, { request: IncomingMessage; timer: NodeJS.Timeout }>();
  const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
    const retry = status === 503 ? { 'Retry-After': '2' } : {};
    response.writeHead(status, { ...headers, ...retry, 'Content-Type': `${type}; charset=utf-8` }).end(body);
  };
  const tooEarly = (response: ServerResponse): void => {
    waiting.delete(response);
    const text = 'The server is starting. Send the request again in a moment.';
    const outcome = operationOutcome([
      { severity: 'error', code: 'transient', rule: 'server-starting', text },
    ]);
    answer(response, 503, 'application/fhir+json', JSON.stringify(outcome));
  };
  return {
    listener: (request, response) => {
      if (app !== undefined) return app(request, response);
      const [path] = plainPath(request.url ?? '').split('?');
      if (path === '/_ping') return answer(response, 200, 'text/plain', 'pong\n');
      if (path === '/_status') {
        const status = { status: 'fail', version: '1', output };
        return answer(response, 503, 'application/health+json', `${JSON.stringify(status)}\n`);
      }
      if (waiting.size >= MOST_WAITING) return tooEarly(response);
      const timer = setTimeout(() => tooEarly(response), PATIENCE_MILLIS);
      waiting.set(response, { request, timer });
      response.once('close', () => {
        clearTimeout(timer);
        waiting.delete(response);
      });
    },
    waitsFor: (sentence) => {
      output = sentence === undefined ? 'starting' : `starting. ${sentence}`;
    },
    open: (opened) => {
      app = opened;
      for (const [response, { request, timer }] of waiting) {
        clearTimeout(timer);
        app(request, response);
      }
      waiting.clear();
    },
  };
}
