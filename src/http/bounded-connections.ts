/**
 * What one connection may have outstanding. A caller can write a thousand requests into one packet, and Node.js hands
 * them all on at once; and it can ask for large answers and then take none of them. Both cost the caller nothing and the
 * server its memory: so few requests of one connection are under way at a time, and answers that are not taken are held
 * for a time, and up to an amount, over all connections.
 * @see https://nodejs.org/api/http.html#event-request
 */
import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionBounds {
  /** Requests of one connection that wait for their answers; beyond it the connection ends. */
  maxPipelined: number;
  /** Bytes of all the answers that have been written and not been taken; beyond it the longest waiting are given up. */
  maxUntakenBytes: number;
  /** How long an answer may take to be taken, in milliseconds. */
  takeWithinMillis: number;
}

/** Answers smaller than this are not worth the looking after: they fit into what the kernel holds. */
const SMALL = 16 * 1024;

/** @returns the listener, for requests that are within the bounds */
export function boundConnections(listener: RequestListener, bounds: ConnectionBounds): RequestListener {
  const outstanding = new WeakMap<Socket, number>();
  const untaken = untakenAnswers(bounds);
  return (request, response) => {
    const { socket } = request;
    const mine = (outstanding.get(socket) ?? 0) + 1;
    outstanding.set(socket, mine);
    if (mine > bounds.maxPipelined) {
      socket.destroy();
      return;
    }
    response.once('close', () => outstanding.set(socket, (outstanding.get(socket) ?? 1) - 1));
    // An answer that waits for the one before it has no socket yet, and no event of its own tells that it is ended.
    const { end } = response;
    response.end = function (this: ServerResponse, ...given: unknown[]): ServerResponse {
      Reflect.apply(end, this, given);
      untaken.hold(this);
      return this;
    } as typeof end;
    listener(request, response);
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
      const size = Number(response.getHeader('Content-Length') ?? 0);
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
