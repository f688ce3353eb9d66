/**
 * What one connection may have outstanding. A caller can write a thousand requests into one packet, and Node.js hands
 * them all on at once; and it can ask for large answers and then take none of them. Both cost the caller nothing and the
 * server its memory: so few requests of one connection are under way at a time, nothing more is read from it while
 * others wait, and answers that are not taken are held for a time, and up to an amount, over all connections.
 * @see https://nodejs.org/api/http.html#event-request
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionBounds {
  /** Requests of one connection that are worked on at a time; the others wait. */
  maxPipelined: number;
  /** Bytes of all the answers that have been written and not been taken; beyond it the longest waiting are given up. */
  maxUntakenBytes: number;
  /** How long an answer may take to be taken, in milliseconds. */
  takeWithinMillis: number;
}

/** Answers smaller than this are not worth the looking after: they fit into what the kernel holds. */
const SMALL = 16 * 1024;

/** The requests of one connection. */
interface Pipeline {
  underWay: number;
  /** Those that came in one packet with others, in their order. */
  waiting: [IncomingMessage, ServerResponse][];
}

/** @returns the listener, which is handed requests within the bounds */
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
    // An answer that waits for the one before it has no socket yet, and no event of its own tells that it is ended.
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
    // Node.js reads on whenever a request has been answered: not while others wait.
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
      // What is left to take: of an answer that was sent in pieces, the last ones.
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
