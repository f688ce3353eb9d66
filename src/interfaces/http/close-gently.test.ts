import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { closeGently } from './close-gently';

let server: Server;
let close: (milliseconds: number) => Promise<void>;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeEach(async () => {
  server = createServer((incoming, response) => {
    setTimeout(() => response.end('done'), Number(incoming.url?.slice(1)));
  });
  close = closeGently(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => agent.destroy());

async function get(path: string, headers = {}): Promise<{ connection: string | undefined; body: string }> {
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: '127.0.0.1', port, path, headers, agent }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { connection: response.headers.connection, body };
}

describe('closeGently', () => {
  it('answers what is in flight, and says that the connection ends with it', async () => {
    const answer = get('/200');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const began = Date.now();
    const closed = close(5_000);
    expect(await answer).toEqual({ connection: 'close', body: 'done' });
    await closed;
    expect(Date.now() - began).toBeLessThan(1_000);
  });

  it('does not wait for a connection that is idle', async () => {
    expect(await get('/0')).toEqual({ connection: 'keep-alive', body: 'done' });
    const began = Date.now();
    await close(5_000);
    expect(Date.now() - began).toBeLessThan(1_000);
  });

  it('cuts off what takes longer than it may', async () => {
    const answer = get('/900').catch((error: NodeJS.ErrnoException) => error.code);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await close(100);
    expect(await answer).toBe('ECONNRESET');
  });

  it('counts a request that expects something', async () => {
    server.on('checkExpectation', (incoming, response) => {
      setTimeout(() => response.end('done'), Number(incoming.url?.slice(1)));
    });
    const answer = get('/200', { expect: 'something' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = close(5_000);
    expect(await answer).toEqual({ connection: 'close', body: 'done' });
    await closed;
  });

  it('cuts off a connection that Node.js has given away', async () => {
    server.on('connect', (_request, socket) => socket.resume());
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    await once(server, 'connect');
    await close(100);
    socket.destroy();
  });
});
