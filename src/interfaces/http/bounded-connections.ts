/**
 * Limits what one connection can have outstanding. A caller can send a thousand requests in one packet, and Node.js
 * passes all of them on at once. It can also request large answers and not read them. Both cost the caller nothing and
 * the server its memory. So only a few requests of one connection are handled at a time, and nothing more is read from
 * it while others wait. Unread answers are held for a limited time and, over all connections, up to a limited size.
 * @see https://nodejs.org/api/http.html#event-request
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionBounds {
  /** Requests of one connection that are handled at a time; the others wait. */
  maxPipelined: number;
  /**
   * Bytes of all answers that were written and not read by their callers. Above this, the answers that have waited
   * longest are dropped.
   */
  maxUntakenBytes: number;
  /** How long a caller may take to read an answer, in milliseconds. */
  takeWithinMillis: number;
}

/** Smaller answers are not tracked: they fit into the buffers of the operating system. */
const SMALL = 16 * 1024;

/** The requests of one connection. */
interface Pipeline {
  underWay: number;
  /** Requests that came in one packet with others and wait, in their order. */
  waiting: [IncomingMessage, ServerResponse][];
}

/** @returns a listener that passes requests on within the limits */
export function boundConnections(listener: RequestListener, bounds: ConnectionBounds): RequestListener {
  const pipelines = new WeakMap<Socket, Pipeline>();
  const untaken = untakenAnswers(bounds);

  const begin = (pipeline: Pipeline, request: IncomingMessage, response: ServerResponse): void => {
    pipeline.underWay += 1;
    response.once('close', () => {
      pipeline.underWay -= 1;
      const next = request.socket.destroyed ? undefined : pipeline.waiting.shift();
      if (next) begin(pipeline, ...next);
      if (pipeline.waiting.length === 0 && request.socket.isPaused()) request.socket.resume();
    });
    // An answer that waits for the previous one has no socket yet, and no event reports its end.
    const { end } = response;
    response.end = function (this: ServerResponse, ...given: unknown[]): ServerResponse {
      Reflect.apply(end, this, given);
      untaken.hold(this);
      return this;
    } as typeof end;
    listener(request, response);
  };

  const pipelineOf = (socket: Socket): Pipeline => {
    const known = pipelines.get(socket);
    if (known) return known;
    const pipeline: Pipeline = { underWay: 0, waiting: [] };
    pipelines.set(socket, pipeline);
    socket.setMaxListeners(0);
    // Node.js resumes reading after each answer. Do not resume while others wait.
    socket.on('resume', () => {
      if (pipeline.waiting.length > 0) socket.pause();
    });
    socket.once('close', () => {
      pipeline.waiting.length = 0;
    });
    return pipeline;
  };

  return (request, response) => {
    const pipeline = pipelineOf(request.socket);
    if (pipeline.underWay < bounds.maxPipelined && pipeline.waiting.length === 0) {
      begin(pipeline, request, response);
      return;
    }
    pipeline.waiting.push([request, response]);
    request.socket.pause();
  };
}

interface Held {
  bytes: number;
  timer: NodeJS.Timeout;
}

function untakenAnswers({ maxUntakenBytes, takeWithinMillis }: ConnectionBounds): {
  hold(response: ServerResponse): void;
} {
  /** In the order in which they began to wait. */
  const held = new Map<ServerResponse, Held>();
  let bytes = 0;

  const letGo = (response: ServerResponse): void => {
    const known = held.get(response);
    if (known === undefined) return;
    held.delete(response);
    bytes -= known.bytes;
    clearTimeout(known.timer);
  };

  const giveUp = (response: ServerResponse): void => {
    letGo(response);
    response.socket?.destroy();
    response.destroy();
  };

  return {
    hold(response) {
      // The bytes not yet read; for an answer that was sent in pieces, those of the last pieces.
      const size = response.writableLength;
      if (size < SMALL || response.req.method === 'HEAD' || response.writableFinished) return;
      const timer = setTimeout(() => giveUp(response), takeWithinMillis).unref();
      held.set(response, { bytes: size, timer });
      bytes += size;
      response.once('close', () => letGo(response));
      for (const longest of held.keys()) {
        if (bytes <= maxUntakenBytes || longest === response) break;
        giveUp(longest);
      }
    },
  };
}
