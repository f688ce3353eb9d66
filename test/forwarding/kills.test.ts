/**
 * Passing on by a server that is killed: between the commit and the attempt, while the destination works, and between
 * its answer and the record of it. Everything that was acknowledged arrives, in order. A delivery comes twice only where
 * the server was killed before it could record the answer, and then under the same id.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverProcess, type ServerProcess } from '../faults/server-process';
import { aSummary } from '../fixtures/summary';
import { startReceiver, until, type Arrival, type Receiver } from './receiver';

const folder = mkdtempSync(join(tmpdir(), 'homeward-kills-'));
const file = join(folder, 'forward.json');

let server: ServerProcess;
let receiver: Receiver;
let token: string;
let stays = 0;

beforeAll(async () => {
  receiver = await startReceiver();
  writeFileSync(file, JSON.stringify([{ name: 'gp', to: { fhir: { url: receiver.url } } }]));
  server = await serverProcess({ FORWARD_FILE: file, WORKERS: '1' });
  token = server.sandbox.token({
    scope: 'system/Bundle.c system/AuditEvent.cruds',
    ods: 'RR8',
    ttlSeconds: 3600,
    sub: 'test',
  });
  await server.start();
}, 120_000);
afterAll(async () => {
  await server.remove();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

const call = (method: string, path: string, body?: Buffer): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' },
    ...(body ? { body } : {}),
  });

async function submitted(): Promise<Buffer> {
  const body = aSummary()
    .stay((stays += 1))
    .bytes();
  const response = await call('POST', '/FHIR/R4/Bundle', body);
  expect(response.status).toBe(201);
  return body;
}

async function noneWaits(): Promise<boolean> {
  const response = await call('GET', '/deliveries?state=waiting').catch(() => undefined);
  const page = (await response?.json()) as { deliveries: unknown[] } | undefined;
  return page?.deliveries.length === 0;
}

const idOf = ({ headers }: Arrival): string => String(headers['x-request-id']);

it('a kill between the commit and the attempt loses nothing', async () => {
  receiver.answers(503);
  const bodies = [await submitted(), await submitted()];
  await server.end('SIGKILL');
  receiver.arrivals.length = 0;
  receiver.answers(201);
  await server.start();
  await until(noneWaits, 40_000);
  expect(receiver.arrivals.map(({ body }) => body)).toEqual(bodies);
}, 120_000);

it('a kill while the destination works sends the delivery again, under the same id', async () => {
  receiver.arrivals.length = 0;
  receiver.answers(() => undefined);
  const bodies = [await submitted(), await submitted()];
  await receiver.has(1);
  await server.end('SIGKILL');
  receiver.answers(201);
  await server.start();
  await until(noneWaits, 40_000);
  const [first, ...again] = receiver.arrivals;
  expect(again.map(({ body }) => body)).toEqual(bodies);
  expect(idOf(again[0]!)).toBe(idOf(first!));
}, 120_000);

it(
  'a kill at any moment under load loses nothing and keeps the order',
  async () => {
    receiver.arrivals.length = 0;
    receiver.answers(201);
    const bodies: Buffer[] = [];
    const rounds = process.env.FAULTS === 'long' ? 20 : 1;
    for (let round = 0; round < rounds; round += 1) {
      for (let count = 0; count < 5; count += 1) bodies.push(await submitted());
      await server.end('SIGKILL');
      await server.start();
    }
    await until(noneWaits, 40_000);
    const order = receiver.arrivals.map(({ body }) => bodies.findIndex((each) => each.equals(body)));
    expect([...new Set(order)]).toEqual(bodies.map((_, index) => index));
    // Each kill can repeat one delivery at most, at once and under its own id.
    expect(order.length - new Set(order).size).toBeLessThanOrEqual(rounds);
    expect(new Set(receiver.arrivals.map(idOf)).size).toBe(bodies.length);
    expect([...order].sort((a, b) => a - b)).toEqual(order);
  },
  process.env.FAULTS === 'long' ? 1_800_000 : 180_000,
);
