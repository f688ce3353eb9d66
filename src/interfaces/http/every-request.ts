/**
 * Hears of every request of a server. Node.js tells of a request with an `Expect` field by another event than of the
 * others, so whoever listens to `request` alone does not know of it.
 * @see https://nodejs.org/api/http.html#event-checkcontinue
 */
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** @param heard is called before what serves the request. The server must serve all three events itself */
export function onEveryRequest(server: Server, heard: RequestListener): void {
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.prependListener(event, heard);
}

/** @returns the answers that are not finished, by their connection, as they are at any time */
export function answersInFlight(server: Server): ReadonlyMap<Duplex, ReadonlySet<ServerResponse>> {
  const inFlight = new Map<Duplex, Set<ServerResponse>>();
  const known = new WeakSet<Duplex>();
  onEveryRequest(server, ({ socket }, response) => {
    // An answer that waits for another one never closes when its connection does.
    if (!known.has(socket)) socket.once('close', () => inFlight.delete(socket));
    known.add(socket);
    const answers = inFlight.get(socket) ?? new Set();
    inFlight.set(socket, answers.add(response));
    response.once('close', () => {
      answers.delete(response);
      if (answers.size === 0) inFlight.delete(socket);
    });
  });
  return inFlight;
}
