/**
 * An operator accepts a restore on a running node of several processes, each of which remembers the head that is gone.
 * None of them may bring it back.
 */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerAccept } from '../../src/interfaces/cli/ledger';
import { openDatabase, type Database } from '../../src/platform/postgres';
import { serverProcess, type ServerProcess } from '../faults/server-process';
import { everything } from '../support/homeward';
import { freshSummary } from '../semantics/sending';
import { untilSealed } from '../support/until-sealed';
import { cutFrom } from './cut';
import { urlOf } from './harness';

jest.setTimeout(60_000);

let server: ServerProcess;
let database: Database;
let token: string;
const dataDir = mkdtempSync(join(tmpdir(), 'homeward-accept-'));
beforeAll(async () => {
  server = await serverProcess({ WORKERS: '2', LOG_LEVEL: 'debug' }, dataDir);
  await server.start();
  for (let tries = 0; !server.output().includes('a worker process serves'); tries += 1) {
    if (tries > 500) throw new Error('no worker serves');
    await sleep(20);
  }
  token = server.sandbox.token({ scope: everything, ods: 'RR8', ttlSeconds: 600, sub: 'first' });
  database = openDatabase(server.connection(), {
    ...{ maxConnections: 1, connectionTimeoutMillis: 5_000, statementTimeoutMillis: 30_000 },
    onError: () => undefined,
  });
});
afterAll(async () => {
  await database.close();
  await server.remove();
});

const newest = async (): Promise<{ seal: string; upto: string }> => {
  const [row] = await database.query<{ seal: string; upto: string }>({
    text: 'SELECT seal::text AS seal, upto::text AS upto FROM ledger_seal ORDER BY ledger_seal.seal DESC LIMIT 1',
  });
  return row!;
};
const sealOne = async (): Promise<void> => {
  const { status } = await fetch(`${server.url}/FHIR/R4/Bundle`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' },
    body: new Uint8Array(freshSummary().bytes()),
  });
  expect(status).toBe(201);
  await untilSealed(database);
};

/** The alarms that the processes report: each request has its own connection, and goes to another one in turn. */
async function alarms(): Promise<string[]> {
  const found = await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const answer = await fetch(`${server.url}/_status`, { headers: { Connection: 'close' } });
      const { checks } = (await answer.json()) as { checks: Record<string, { output?: string }[]> };
      return checks['ledger:chain']?.[0]?.output ?? '';
    }),
  );
  return found.filter((each) => each !== '');
}

it('an acceptance holds for every process of a running node, and after it has started again', async () => {
  await sealOne();
  const { upto } = await newest();
  await sealOne();
  const lost = (await newest()).seal;
  // Every process looks once a second.
  await sleep(1_500);
  await database.query({ text: 'SET session_replication_role = replica' });
  await database.transaction(async (tx) => cutFrom({ ...database, query: tx.query }, upto));
  await sealOne();
  for (let tries = 0; (await alarms()).length < 4; tries += 1) {
    if (tries > 100) throw new Error('no alarm comes');
    await sleep(100);
  }

  const env = { DATABASE_URL: urlOf(server.connection()), DATA_DIR: dataDir };
  const said = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(await ledgerAccept.run(['--reason', 'Restored.'], env)).toBe(0);
    expect(said.mock.calls.join('')).toMatch(/^(1 alarm|\d+ alarms) accepted; /);
  } finally {
    said.mockRestore();
  }
  await sleep(2_500);
  expect(await alarms()).toEqual([]);
  for (const name of remembering())
    expect(readFileSync(join(dataDir, name), 'utf8')).not.toContain(`"seal\\":${lost},`);
  await server.end('SIGKILL');
  await server.start();
  await sleep(1_200);
  expect(await alarms()).toEqual([]);
});

const remembering = (): string[] =>
  readdirSync(dataDir).filter((name) => /^ledger-head-.*\.json$/.test(name));
