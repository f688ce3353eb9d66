/** An HTTP server on loopback that deliveries are sent to: it keeps what arrives, and answers as a test wants. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { TestCertificate } from '../fixtures/certificates';

export interface Arrival {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
  at: number;
}

export interface Receiver {
  url: string;
  port: number;
  arrivals: Arrival[];
  /** Answers the arrivals from now on: a status, or what a function does with the response. */
  answers(with_: number | ((arrival: Arrival, response: ServerResponse) => void)): void;
  /** Resolves when so many have arrived. */
  has(count: number): Promise<Arrival[]>;
  close(): Promise<void>;
}

export async function startReceiver(port = 0, tls?: TestCertificate): Promise<Receiver> {
  const arrivals: Arrival[] = [];
  let answer: number | ((arrival: Arrival, response: ServerResponse) => void) = 201;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const arrival = { method, path: url, headers, body: Buffer.concat(chunks), at: Date.now() };
      arrivals.push(arrival);
      if (typeof answer === 'number') response.writeHead(answer).end();
      else answer(arrival, response);
    });
  };
  const server = tls
    ? createSecureServer({ cert: tls.cert, key: tls.key }, onRequest)
    : createServer(onRequest);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const listens = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port: listens,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${listens}`,
    arrivals,
    answers: (next) => void (answer = next),
    has: async (count) => {
      await until(() => arrivals.length >= count);
      return arrivals;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, withinMillis = 90_000): Promise<void> {
  const deadline = Date.now() + withinMillis;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it does not hold in time');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
