/** Passing on by two nodes of one database, of which one stops or is killed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { serverProcess } from '../faults/server-process';
import { createTestDatabase } from '../support/database';
import { startReceiver, until, type Receiver } from './receiver';
import type { PoolConfig } from 'pg';

const folder = mkdtempSync(join(tmpdir(), 'homeward-nodes-'));

let receiver: Receiver;
let nodes: Homeward[];

beforeAll(async () => {
  receiver = await startReceiver();
  const file = join(folder, 'forward.json');
  writeFileSync(file, JSON.stringify([{ name: 'gp', to: { fhir: { url: receiver.url } } }]));
  const one = await startHomeward({ FORWARD_FILE: file });
  nodes = [one, await startHomeward({ FORWARD_FILE: file }, undefined, undefined, { on: one.place })];
});
afterAll(async () => {
  await nodes[1]!.close();
  await nodes[0]!.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

it('two nodes send each delivery once, in order, and one goes on when the other stops', async () => {
  const bodies = Array.from({ length: 20 }, (_, index) =>
    aSummary()
      .stay(index + 1)
      .bytes(),
  );
  for (const [index, body] of bodies.entries()) {
    const sent = await nodes[index % 2]!.call('POST', '/FHIR/R4/Bundle', { body });
    expect(sent.status).toBe(201);
    if (index === 9) void nodes[0]!.stop();
    if (index === 9) nodes[0] = { ...nodes[0]!, call: nodes[1]!.call };
  }
  await receiver.has(20);
  await until(
    async () => (await nodes[1]!.call('GET', '/deliveries?state=waiting')).json.deliveries.length === 0,
  );
  expect(receiver.arrivals.map(({ body }) => bodies.findIndex((each) => each.equals(body)))).toEqual(
    bodies.map((_, index) => index),
  );
}, 60_000);

it('of two nodes one is killed while it sends: the other goes on within 15 seconds', async () => {
  const database = await createTestDatabase();
  const file = join(folder, 'forward.json');
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const env = { FORWARD_FILE: file, DATABASE_URL: urlOf(database.connection) };
  const two = [await serverProcess(env, dataDir), await serverProcess(env, dataDir)];
  try {
    await two[0]!.start();
    const token = two[0]!.sandbox.token({
      scope: 'system/Bundle.c',
      ods: 'RR8',
      ttlSeconds: 3600,
      sub: 'test',
    });
    const submit = async (node: { url: string }, stay: number): Promise<Buffer> => {
      const body = aSummary().stay(stay).bytes();
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' };
      expect((await fetch(`${node.url}/FHIR/R4/Bundle`, { method: 'POST', headers, body })).status).toBe(201);
      return body;
    };
    receiver.arrivals.length = 0;
    receiver.answers((_, response) => setTimeout(() => response.writeHead(201).end(), 400));
    const bodies = [await submit(two[0]!, 31)];
    await receiver.has(1);
    // The first one has the lease: it is killed while the destination works.
    await two[1]!.start();
    bodies.push(await submit(two[1]!, 32));
    await receiver.has(2);
    await two[0]!.end('SIGKILL');
    const killedAt = Date.now();
    bodies.push(await submit(two[1]!, 33));
    await receiver.has(4);
    expect(Date.now() - killedAt).toBeLessThan(15_000);
    const order = receiver.arrivals.map(({ body }) => bodies.findIndex((each) => each.equals(body)));
    expect(order).toEqual([0, 1, 1, 2]);
  } finally {
    for (const node of two) await node.remove();
    await database.drop();
  }
}, 120_000);

function urlOf({ connectionString, host, port, user, password, database }: PoolConfig): string {
  if (connectionString !== undefined) return connectionString;
  const query = new URLSearchParams({ host: host ?? '', port: String(port ?? 5432) });
  return `postgres://${user}:${String(password)}@localhost/${database}?${query}`;
}
