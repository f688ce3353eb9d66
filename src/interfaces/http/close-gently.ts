/**
 * Stops a server that callers are still using. It accepts no new connection, answers each request already received, and
 * closes the connection with that answer. Otherwise a busy caller could keep its connection open indefinitely.
 * @see https://nodejs.org/api/http.html#serverclosecallback
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answersInFlight, onEveryRequest } from './every-request';

/** @returns stops the server; after so many milliseconds what is still going on is cut off */
export function closeGently(server: Server): (milliseconds: number) => Promise<void> {
  const inFlight = answersInFlight(server);
  const sockets = new Set<Socket>();
  let isClosing = false;
  let onSocketClosed = (): void => undefined;
  // A server that took its connections from another process does not wait for them itself.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      onSocketClosed();
    });
  });
  onEveryRequest(server, (_request, response) => {
    if (isClosing) endsTheConnection(response);
  });
  return (milliseconds) =>
    new Promise((resolve) => {
      isClosing = true;
      for (const answers of inFlight.values()) for (const each of answers) endsTheConnection(each);
      // An answer whose head was already sent leaves its connection open and idle.
      const idle = setInterval(() => server.closeIdleConnections(), 100);
      const patience = setTimeout(() => {
        server.closeAllConnections();
        // Node.js does not count the connection of a `CONNECT` to those of the server.
        for (const socket of sockets) socket.destroy();
      }, milliseconds);
      let isClosed = false;
      onSocketClosed = () => {
        if (!isClosed || sockets.size > 0) return;
        clearInterval(idle);
        clearTimeout(patience);
        resolve();
      };
      server.close(() => {
        isClosed = true;
        onSocketClosed();
      });
      server.closeIdleConnections();
    });
}

function endsTheConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
