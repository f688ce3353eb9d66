import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { inFlight } from '../../platform/in-flight';
import { listenForMessages, type MllpListener } from './listener';

const FRAME = Buffer.from('\u000bMSH|^~\\&|A|B\u001c\r', 'latin1');
let listener: MllpListener;
const sockets: Socket[] = [];

beforeAll(async () => {
  listener = await listenForMessages({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    inFlight: inFlight(1_000_000),
    maxFrameBytes: 1_000,
    minBytesPerSecond: 1,
    handle: async () => Buffer.from('answer'),
    onProblem: () => undefined,
    onReload: () => undefined,
  });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  listener.close();
  await listener.drain(1_000);
});

async function opened(): Promise<Socket> {
  const socket = connect(listener.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function answerOn(socket: Socket): Promise<string> {
  const closed = once(socket, 'close').then(() => ['closed'] as const);
  socket.write(FRAME);
  const [first] = (await Promise.race([once(socket, 'data'), closed])) as [Buffer | string];
  return String(first);
}

it('answers a new connection while 500 others are open, and closes the one that was quiet longest', async () => {
  const first = await opened();
  const second = await opened();
  expect(await answerOn(first)).toContain('answer');
  const endOfSecond = once(second.resume(), 'end');
  for (let count = 0; count < 498; count += 1) await opened();
  expect(await answerOn(await opened())).toContain('answer');
  await endOfSecond;
  expect(await answerOn(first)).toContain('answer');
});
