/** CONNECT is refused and recorded like any other request, and its connection ends nothing but itself. */
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { startHomeward, type Homeward } from '../support/homeward';
import { outcomeIn, raw } from './calm';

const NUMBER = '9990000018';
let homeward: Homeward;
const faults: unknown[] = [];
const heard = (fault: unknown): unknown => faults.push(fault);
beforeAll(async () => {
  process.on('uncaughtException', heard);
  homeward = await startHomeward();
});
afterAll(async () => {
  await homeward.close();
  process.off('uncaughtException', heard);
});
/** The process would have ended with the first fault. */
afterEach(async () => {
  expect((await homeward.call('GET', '/FHIR/R4/metadata')).status).toBe(200);
  expect(faults.splice(0)).toEqual([]);
});

const asking = (...fields: string[]): string =>
  [`CONNECT ${NUMBER}:443 HTTP/1.1`, 'Host: x', ...fields, '', ''].join('\r\n');
const withToken = (): string[] => [`Authorization: Bearer ${homeward.token('system/*.rs', 'ZZ9')}`];

it('is told that this is no proxy, and the connection ends', async () => {
  const answer = await raw(homeward.url, [asking()], { waitMillis: 5_000 });
  expect([answer.statuses, answer.closed]).toEqual([[405], true]);
  expect(outcomeIn(answer)?.issue[0]?.code).toBe('not-supported');
  expect(answer.text).toMatch(/cache-control: no-store/i);
});

it('is recorded with its caller and whom its target names', async () => {
  const id = randomUUID();
  const { statuses } = await raw(homeward.url, [asking(...withToken(), `X-Request-ID: ${id}`)]);
  expect(statuses).toEqual([405]);
  const { json } = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${id}`);
  expect(json.total).toBe(1);
  const text = JSON.stringify(json.entry);
  expect([text.includes(`"${NUMBER}"`), text.includes('ZZ9')]).toEqual([true, true]);
});

it('ends nothing but its connection where the caller resets it', async () => {
  const { hostname, port } = new URL(homeward.url);
  for (let left = 30; left > 0; left -= 1)
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(asking(), () => socket.resetAndDestroy());
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
});

const asks = (...fields: string[]): string => ['GET /_ping HTTP/1.1', ...fields, '', ''].join('\r\n');
const USUAL = asks('Host: x');
const CONTINUE = asks('Host: x', 'Expect: 100-continue');
const OTHER = asks('Host: x', 'Expect: foo');
const NO_HOST = asks();
const BEFORE = [USUAL, CONTINUE, OTHER, NO_HOST];

it.each(BEFORE.flatMap((first) => [[first], ...BEFORE.map((second) => [first, second])]))(
  'is not served behind requests without a finished answer: %j %j',
  async (...before) => {
    const { statuses, closed } = await raw(homeward.url, [`${before.join('')}${asking()}`], {
      waitMillis: 5_000,
    });
    expect([statuses.includes(405), closed]).toEqual([false, true]);
  },
);

it.each([USUAL, OTHER])('is served after the finished answer to %j', async (before) => {
  const pieces = [before, asking()];
  const { statuses, closed } = await raw(homeward.url, pieces, { pauseMillis: 500, waitMillis: 5_000 });
  expect([statuses, closed]).toEqual([[200, 405], true]);
});

it.each([...BEFORE, asking(), '\0\0'])('is answered alone, whatever comes behind it: %j', async (behind) => {
  const pieces = [`${asking()}${behind}${behind}`];
  const { statuses, closed } = await raw(homeward.url, pieces, { waitMillis: 5_000 });
  expect([statuses, closed]).toEqual([[405], true]);
});

/** A connection whose caller reads nothing, until it is closed. */
function unread(url: string, text: string, endsAtOnce = false): { socket: Socket; closed: Promise<unknown> } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => {
    socket.write(text);
    if (endsAtOnce) socket.end();
  });
  socket.on('error', () => undefined);
  return { socket, closed: new Promise((resolve) => socket.once('close', resolve)) };
}

it('ends with its caller', async () => {
  const before = Date.now();
  const { socket, closed } = unread(homeward.url, asking(), true);
  socket.resume();
  await closed;
  expect(Date.now() - before).toBeLessThan(900);
});

it('holds up no stop of the server', async () => {
  const other = await startHomeward();
  const line = `Authorization: Bearer ${other.token('system/*.rs')}`;
  const large = `GET /FHIR/R4/metadata HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`;
  const texts = [asking(), `${CONTINUE}${asking()}`, `${large.repeat(40)}${asking()}`];
  const open = texts.flatMap((text) => [1, 2, 3].map(() => unread(other.url, text)));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = Date.now();
  await other.close();
  for (const { socket } of open) socket.destroy();
  expect(Date.now() - before).toBeLessThan(8_000);
}, 60_000);

it('ends no process in any order of what a caller may send', async () => {
  const post = (...fields: string[]): string =>
    ['POST /FHIR/R4/Bundle HTTP/1.1', 'Host: x', 'Content-Length: 2', ...fields, '', '{}'].join('\r\n');
  const all = [...BEFORE, post(), post('Expect: 100-continue'), post('Expect: foo'), asking(), asking()];
  all.push(
    asking('Expect: 100-continue'),
    asking('Content-Length: 3'),
    '\0\x7f',
    '\r\n',
    'GET / HTTP/9.9\r\n\r\n',
  );
  // Always the same sequences.
  let seed = 16;
  const upTo = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most;
  const once = async (): Promise<void> => {
    const pieces = Array.from({ length: 1 + upTo(6) }, () => all[upTo(all.length)]!);
    const { socket, closed } = unread(homeward.url, pieces.join(''), upTo(4) === 0);
    if (upTo(3) > 0) socket.resume();
    // Node.js never closes a socket that it should reset while something is still to be written.
    const end = (): unknown =>
      socket.connecting || socket.writableEnded || socket.writableLength > 0
        ? socket.destroy()
        : socket.resetAndDestroy();
    const timer = setTimeout(end, upTo(100));
    await closed;
    clearTimeout(timer);
  };
  for (let round = 0; round < 20; round += 1) await Promise.all(Array.from({ length: 20 }, once));
  expect((await homeward.call('GET', '/_status')).status).toBe(200);
}, 120_000);
