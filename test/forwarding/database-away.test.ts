/** A database that goes away while a destination works: its answer is kept, and recorded when the database is back. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetConnectOpts } from 'node:net';
import { startProxy, type Proxy } from '../faults/proxy';
import { aSummary } from '../fixtures/summary';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { startHomeward, type Homeward } from '../support/homeward';
import { startReceiver, until, type Receiver } from './receiver';

const folder = mkdtempSync(join(tmpdir(), 'homeward-away-'));

let database: TestDatabase;
let proxy: Proxy;
let receiver: Receiver;
let homeward: Homeward;

beforeAll(async () => {
  database = await createTestDatabase();
  const { host = '127.0.0.1', port = 5432 } = database.connection;
  const target: NetConnectOpts = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  proxy = await startProxy(target, Math.random);
  receiver = await startReceiver();
  const file = join(folder, 'forward.json');
  writeFileSync(file, JSON.stringify([{ name: 'gp', to: { fhir: { url: receiver.url } } }]));
  const connection = { ...database.connection, host: '127.0.0.1', port: proxy.port };
  homeward = await startHomeward({ FORWARD_FILE: file }, undefined, undefined, {
    on: { connection, dataDir: mkdtempSync(join(folder, 'data-')) },
  });
});
afterAll(async () => {
  await homeward.stop();
  await proxy.close();
  await receiver.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

it('a destination that answered while the database was away gets nothing twice', async () => {
  let answer: (() => void) | undefined;
  receiver.answers((_, response) => {
    answer = () => response.writeHead(201).end();
  });
  const bodies = [1, 2].map((stay) => aSummary().stay(stay).bytes());
  for (const body of bodies)
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(201);
  await receiver.has(1);
  proxy.cutAfter(0);
  proxy.cut();
  receiver.answers(201);
  answer!();
  // After 7 seconds without the database the lease counts as lost.
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  expect(receiver.arrivals).toHaveLength(1);
  proxy.cutAfter(undefined);
  await until(async () => {
    const reply = await homeward.call('GET', '/deliveries?state=delivered');
    return reply.json?.deliveries?.length === 2;
  }, 30_000);
  expect(receiver.arrivals.map(({ body }) => body)).toEqual(bodies);
}, 90_000);
