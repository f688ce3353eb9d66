/** CONNECT is refused and recorded like any other request, and its connection ends nothing but itself. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { startHomeward, type Homeward } from '../support/homeward';
import { outcomeIn, raw } from './calm';

const NUMBER = '9990000018';
let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

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

it('waits for the answers to the requests before it', async () => {
  const { statuses, text } = await raw(homeward.url, [
    `GET /FHIR/R4/Patient HTTP/1.1\r\nHost: x\r\n${withToken()[0]}\r\n\r\n${asking()}`,
  ]);
  expect(statuses).toEqual([200, 405]);
  expect(text.indexOf('searchset')).toBeLessThan(text.indexOf('HTTP/1.1 405'));
});

it('ends nothing but its connection where the caller resets it', async () => {
  const { hostname, port } = new URL(homeward.url);
  const faults: unknown[] = [];
  const heard = (fault: unknown): unknown => faults.push(fault);
  process.on('uncaughtException', heard);
  for (let left = 30; left > 0; left -= 1)
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(asking(), () => socket.resetAndDestroy());
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
  expect((await homeward.call('GET', '/FHIR/R4/metadata')).status).toBe(200);
  process.off('uncaughtException', heard);
  expect(faults).toEqual([]);
});
