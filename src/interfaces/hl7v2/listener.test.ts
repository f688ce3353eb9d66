import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { listenForMessages, type MllpListener } from './listener';
import { messageMemory } from './message-memory';

const FRAME = Buffer.from('\u000bMSH|^~\\&|A|B\u001c\r', 'latin1');
let listener: MllpListener;
const sockets: Socket[] = [];
const problems: string[] = [];
const onFull = jest.fn();
let server: Server;

beforeAll(async () => {
  const made = jest.spyOn(jest.requireActual<typeof import('node:net')>('node:net'), 'createServer');
  listener = await listenForMessages({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    memory: messageMemory(1_000_000),
    maxFrameBytes: 1_000,
    mostOfTooLarge: 1_000,
    minBytesPerSecond: 1,
    handle: async () => Buffer.from('answer'),
    onLost: async () => undefined,
    onProblem: (text) => void problems.push(text),
    onFull,
    onReload: () => undefined,
  });
  server = made.mock.results[0]!.value as Server;
  made.mockRestore();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise((again) => setTimeout(again, 50));
});
afterAll(async () => {
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

it('answers a new connection while 500 others have begun a message, and closes the oldest of them', async () => {
  const begun = async (): Promise<Socket> => {
    const socket = (await opened()).resume();
    socket.write('\u000bM');
    return socket;
  };
  const first = await begun();
  for (let count = 0; count < 499; count += 1) await begun();
  await new Promise((again) => setTimeout(again, 50));
  const endOfFirst = once(first, 'close');
  await begun();
  await endOfFirst;
  for (let count = 0; count < 60; count += 1) await begun();
  expect(await answerOn(await opened())).toContain('answer');
  expect(problems).toContain(
    'more than 500 connections; one whose message had begun was closed (from 127.0.0.1)',
  );
});

it('tells of a connection that Node.js itself refuses, because too many are open', async () => {
  const { maxConnections } = server;
  await opened();
  server.maxConnections = 1;
  onFull.mockClear();
  const closed = once((await opened()).resume(), 'close');
  await closed;
  server.maxConnections = maxConnections;
  expect(problems).toContain('more than 1 connections; a new one was refused (from 127.0.0.1)');
  expect(onFull).toHaveBeenCalledTimes(1);
});

it('ends a connection that ends its side, whether or not it has sent something', async () => {
  for (const sent of ['', '\u000bMSH|', FRAME]) {
    const socket = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(socket);
    socket.resume().end(sent);
    await once(socket, 'end');
  }
});
