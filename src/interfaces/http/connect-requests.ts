/**
 * Answers `CONNECT`, which is for proxies, and this server is not one. Node.js gives its socket away without listeners:
 * an error of the connection that nobody listens for would end the process, and nobody would answer.
 * @see https://nodejs.org/api/http.html#event-connect
 */
import { ServerResponse, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long, in milliseconds, the caller has for closing the connection after the answer. */
const CLOSING = 1_000;

/** @param listener what serves every other request. It refuses this one, and records it */
export function serveConnect(
  server: Server,
  listener: RequestListener,
  Response: typeof ServerResponse = ServerResponse,
): void {
  const newest = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => newest.set(request.socket, response));
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    // What the caller sends behind it is for a proxy.
    socket.resume();
    const before = newest.get(socket);
    // The requests before it on this connection are answered first.
    if (before && !before.writableFinished) before.once('close', () => serve(request, new Response(request)));
    else serve(request, new Response(request));
  });

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (!socket.writable) return;
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => {
      socket.end();
      setTimeout(() => socket.destroy(), CLOSING).unref();
    });
    // Its target is `host:port`. A path begins with a slash.
    if (!request.url?.startsWith('/')) request.url = `/${request.url ?? ''}`;
    listener(request, response);
  }
}
