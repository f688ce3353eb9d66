/** Callers that take up what others need, and that nobody knows: by pipelining, by not taking answers, by forms. */
import { connect, type Socket } from 'node:net';
import { startHomeward, type Homeward } from '../support/homeward';
import { raw } from './calm';

const PAGE = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n';
const SIZE = 1_000_000;
let homeward: Homeward;

beforeAll(async () => {
  // So that a few megabytes of untaken answers are too many.
  homeward = await startHomeward({ MAX_BODY_BYTES_IN_FLIGHT: '4194304', REQUEST_TIMEOUT_SECONDS: '1' });
});
afterAll(() => homeward.close());

/** A caller that asks and takes nothing. */
function hoarder(request: string): Promise<{ socket: Socket }> {
  const { hostname, port } = new URL(homeward.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.on('connect', () => {
      socket.pause();
      socket.write(request, () => resolve({ socket }));
    });
  });
}
/** How many bytes come once they are taken. */
const takenFrom = (socket: Socket): Promise<number> =>
  new Promise((resolve) => {
    let taken = 0;
    socket.on('data', (chunk: Buffer) => (taken += chunk.length));
    socket.on('close', () => resolve(taken));
    setTimeout(() => resolve(Infinity), 30_000).unref();
    socket.resume();
  });
const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

describe('a connection', () => {
  it('with a thousand requests in one packet gets them all answered', async () => {
    const ping = 'GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n';
    const { statuses } = await raw(homeward.url, [ping.repeat(1_000)], { waitMillis: 60_000, enough: 1_000 });
    expect([statuses.length, new Set(statuses)]).toEqual([1_000, new Set([200])]);
  });

  it('with more requests than can be worked on, some with bodies, gets them all answered in order', async () => {
    const form = 'x'.repeat(1_000);
    const post = `POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n${form}`;
    const get = 'GET /FHIR/R4/metadata HTTP/1.1\r\nHost: x\r\n\r\n';
    // The server of the other tests gives up an answer that is not taken within a second: too soon on a busy machine.
    const unhurried = await startHomeward({ MAX_BODY_BYTES_IN_FLIGHT: '4194304' });
    const { statuses } = await raw(unhurried.url, [(get + post).repeat(40)], {
      waitMillis: 60_000,
      enough: 80,
    });
    await unhurried.close();
    expect(statuses).toEqual(Array(40).fill([200, 415]).flat());
  });

  it('with a few requests in one packet gets them all answered', async () => {
    const ping = 'GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n';
    const { statuses } = await raw(homeward.url, [ping.repeat(10)], { waitMillis: 60_000, enough: 10 });
    expect(statuses).toEqual(Array(10).fill(200));
  });

  it('that takes no answers is given up, and who takes them is served', async () => {
    const callers = await Promise.all(Array.from({ length: 4 }, () => hoarder(PAGE.repeat(10))));
    await pause(500);
    const taken = await Promise.all(callers.map(({ socket }) => takenFrom(socket)));
    for (const bytes of taken) expect(bytes).toBeLessThan(10 * SIZE);
    expect(
      (await homeward.call('GET', '/docs/swagger-ui-bundle.js', { token: null })).bytes.length,
    ).toBeGreaterThan(SIZE);
  });
});

describe('a form', () => {
  const slow = (bytes: number): string =>
    `POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${bytes}\r\nConnection: close\r\n\r\n`;

  it('of a stranger is small, or it is refused before it is sent', async () => {
    expect((await raw(homeward.url, [slow(3_000_000)])).statuses).toEqual([413]);
  });

  it('of strangers takes no sender’s place', async () => {
    const strangers = await Promise.all(
      Array.from({ length: 8 }, () => hoarder(slow(60_000) + 'a'.repeat(59_000))),
    );
    const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { body: ' '.repeat(3_000_000) });
    for (const { socket } of strangers) socket.destroy();
    expect(reply.status).toBe(400);
  });

  it('that swells is small too', async () => {
    const { gzipSync } = await import('node:zlib');
    const reply = await homeward.call('POST', '/oauth2/token', {
      token: null,
      body: gzipSync(Buffer.alloc(1_000_000, 97)),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Encoding': 'gzip' },
    });
    expect(reply.status).toBe(413);
  });
});
