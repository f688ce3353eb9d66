import express, { type Request } from 'express';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { inFlight } from '../../platform/in-flight';
import { bodyReader, receivedBefore, Unfinished, type ReceivedHold } from './body';

const MAX = 6_000_000;
const reader = bodyReader({ maxBodyBytes: MAX }, inFlight(2 * MAX));
let server: Server;
/** What happens to the next body: reading it ends in its bytes or in an error. */
let hold: ReceivedHold;
let ended: (end: Buffer | Error) => void;
/** Ends the connection of the next request when its parser has the whole body, and its reader none of it. */
let isReset = false;

beforeAll(async () => {
  const app = express();
  app.use(async (request: Request, response) => {
    while (isReset && !request.complete) await new Promise(setImmediate);
    if (isReset) request.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    reader
      .read(request, hold)
      .then(
        (bytes) => ended(bytes),
        (error: unknown) => ended(error as Error),
      )
      .finally(() => response.end());
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => (hold = reader.open()));
afterEach(() => hold.release());
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** Sends the body in HTTP chunks of so many bytes. @param breaksOff closes the connection before the last chunk */
function sent(
  body: Buffer,
  chunkBytes: number,
  { encoding = '', breaksOff = false } = {},
): Promise<Buffer | Error> {
  const wire: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes);
    wire.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  if (!breaksOff) wire.push(Buffer.from('0\r\n\r\n'));
  const head = `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${encoding}\r\n`;
  return new Promise((resolve) => {
    ended = resolve;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(Buffer.concat([Buffer.from(head), ...wire]));
    if (breaksOff) socket.end();
  });
}

const GZIP = { encoding: 'Content-Encoding: gzip\r\n' };
const ruleOf = (error: unknown): unknown =>
  (error as { failure?: { issues: { rule: string }[] } }).failure?.issues[0]?.rule;

it.each([
  ['plain', randomBytes(60_000), undefined],
  ['plain and empty', Buffer.alloc(0), undefined],
  ['compressed', randomBytes(60_000), GZIP],
  ['compressed and empty', Buffer.alloc(0), GZIP],
])('reads a body that comes byte by byte: %s', async (_, body, options) => {
  const end = await sent(options ? gzipSync(body) : body, 1, options);
  expect((end as Buffer).equals(body)).toBe(true);
});

it.each([undefined, GZIP])('refuses a body of hundreds of thousands of tiny chunks: %j', async (options) => {
  const body = randomBytes(300_000);
  const end = await sent(options ? gzipSync(body) : body, 1, options);
  expect(ruleOf(end)).toBe('http-small-chunks');
});

it('reads any number of chunks that are not tiny', async () => {
  const body = randomBytes(5_990_000);
  const reply = await sent(body, 20);
  expect((reply as Buffer).equals(body)).toBe(true);
});

it('waits where the room is asked for elsewhere, and keeps the order', async () => {
  let [asking, most] = [0, 0];
  hold = {
    ...hold,
    grow: async () => {
      most = Math.max(most, (asking += 1));
      await new Promise(setImmediate);
      asking -= 1;
      return true;
    },
  };
  const body = randomBytes(3_000);
  expect(((await sent(body, 1)) as Buffer).equals(body)).toBe(true);
  expect(most).toBe(1);
});

it.each([false, Promise.resolve(false)])('refuses what there is no room for', async (grown) => {
  hold = { ...hold, grow: () => grown };
  expect(ruleOf(await sent(Buffer.from('abc'), 1))).toBe('http-busy');
});

it.each([undefined, GZIP])('says what came of a whole body that nobody could read: %j', async (options) => {
  isReset = true;
  const body = Buffer.from('abc');
  const end = await sent(options ? gzipSync(body) : body, 1_000, options).finally(() => (isReset = false));
  expect(end).toBeInstanceOf(Unfinished);
  expect(receivedBefore(end).toString()).toBe('abc');
});

it('says what came of a body that breaks off or is too large', async () => {
  const cut = await sent(Buffer.from('abc'), 1, { breaksOff: true });
  expect(cut).toBeInstanceOf(Unfinished);
  expect(receivedBefore(cut).toString()).toBe('abc');
  const large = await sent(Buffer.alloc(MAX + 1), 60_000);
  expect(ruleOf(large)).toBe('http-too-large');
  expect(receivedBefore(large).length).toBeGreaterThan(MAX - 70_000);
  const noGzip = await sent(Buffer.from('plain'), 1, GZIP);
  expect([ruleOf(noGzip), receivedBefore(noGzip).toString()]).toEqual(['http-gzip', 'plain']);
});
