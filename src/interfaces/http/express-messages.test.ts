import express, { type Request } from 'express';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expressMessages } from './express-messages';

/** Sends one request to a server with these messages. @returns the answer, and what the listener received */
async function oneRequest(
  { classes }: ReturnType<typeof expressMessages>,
  app: RequestListener,
): Promise<{ text: string; received: IncomingMessage[]; prototypes: unknown[] }> {
  const received: IncomingMessage[] = [];
  const prototypes: unknown[] = [];
  const server: Server = createServer(classes, (request, response) => {
    received.push(request);
    prototypes.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
    app(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const text = await (await fetch(`http://127.0.0.1:${port}/a?b=c`)).text();
  await new Promise((resolve) => server.close(resolve));
  return { text, received, prototypes };
}

describe('requests and responses for Express', () => {
  const app = express();
  app.get('/a', (request: Request, response) => {
    response.json([request.path, request.protocol, request.ip, request.query.b]);
  });
  const answer = '["/a","http","127.0.0.1","c"]';

  it('have the prototypes of the application when Node.js makes them', async () => {
    const messages = expressMessages();
    messages.adopt(app);
    const { text, prototypes } = await oneRequest(messages, app);
    expect(prototypes).toEqual([app.request, app.response]);
    expect(text).toBe(answer);
  });

  it('are answered by an application that was not adopted', async () => {
    const { text, received } = await oneRequest(expressMessages(), app);
    expect(text).toBe(answer);
    expect(Object.getPrototypeOf(received[0])).toBe(app.request);
  });

  it('are what they are without Express: a request is an IncomingMessage', async () => {
    const { received, text } = await oneRequest(expressMessages(), (_request, response) => response.end('b'));
    expect(text).toBe('b');
    expect(received[0]?.method).toBe('GET');
    expect(received[0]).toHaveProperty('headers.host');
  });
});
