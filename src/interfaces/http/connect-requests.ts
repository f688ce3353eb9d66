/**
 * Answers `CONNECT`, which is for proxies, and this server is not one. Node.js gives its socket away without listeners:
 * an error of the connection that nobody listens for would end the process, and nobody would answer. An answer that is
 * still being written on it would stand still. So a `CONNECT` behind a request without a finished answer is not served.
 * @see https://nodejs.org/api/http.html#event-connect
 */
import { ServerResponse, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { answersInFlight } from './every-request';

/** How long, in milliseconds, the caller has for closing the connection after the answer. */
const CLOSING = 1_000;
/** How long, in milliseconds, the answer may take. */
const ANSWERING = 30_000;

/** @param listener what serves every other request. It refuses this one, and records it */
export function serveConnect(
  server: Server,
  listener: RequestListener,
  Response: typeof ServerResponse = ServerResponse,
): void {
  const inFlight = answersInFlight(server);
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    const before = inFlight.get(socket);
    if (before) {
      // Node.js no longer tells these requests that their connection has ended.
      for (const { req } of before) req.destroy();
      socket.destroy();
      return;
    }
    endInTime(socket);
    const response = new Response(request);
    try {
      response.assignSocket(request.socket);
    } catch {
      // Node.js itself is still answering the request before it.
      socket.destroy();
      return;
    }
    serve(request, response);
  });

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    response.shouldKeepAlive = false;
    response.once('finish', () => {
      socket.end();
      setTimeout(() => socket.destroy(), CLOSING).unref();
    });
    // Its target is `host:port`. A path begins with a slash.
    if (!request.url?.startsWith('/')) request.url = `/${request.url ?? ''}`;
    listener(request, response);
  }
}

/** Ends the connection when the caller does, and after a time in any case. */
function endInTime(socket: Duplex): void {
  const end = (): void => void socket.destroy();
  const timer = setTimeout(end, ANSWERING).unref();
  socket.once('end', end);
  socket.once('timeout', end);
  socket.once('close', () => clearTimeout(timer));
  // What the caller sends behind it is for a proxy.
  socket.resume();
}
