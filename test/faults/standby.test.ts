/**
 * A database that stops taking writes, is short of connections, or has no standby: nothing is acknowledged that is not
 * safe, and the server is well again by itself as soon as the database is.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type PoolConfig } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/embedded-postgres';
import {
  DatabaseUnavailable,
  openDatabase,
  type Database,
  type Statement,
} from '../../src/platform/postgres';
import { readReplication } from '../../src/platform/replication';
import { createApp } from '../../src/app';
import { readConfig } from '../../src/config';
import { createLogger } from '../../src/platform/logger';
import { migrate } from '../../src/engines/store/migrate';
import { aSummary } from '../fixtures/summary';
import { freePort } from './server-process';
import { startHomeward, type Homeward } from '../support/homeward';
import { administer, createTestDatabase, type TestDatabase } from '../support/database';
import { readTestServer } from '../support/test-server';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function databaseOf(homeward: Homeward): Promise<string> {
  const [row] = await homeward.app.database.query<{ name: string }>({
    text: 'SELECT current_database() AS name',
  });
  return String(row?.name);
}

const { admin } = readTestServer();

function asRole(connection: PoolConfig, user: string): PoolConfig {
  if (connection.connectionString === undefined) return { ...connection, user };
  const url = new URL(connection.connectionString);
  Object.assign(url, { username: user, password: 'none' });
  return { ...connection, connectionString: url.toString() };
}

const WAITS =
  'Commits wait for a synchronous standby that does not answer. synchronous_standby_names is nobody.';

const endSessions = (name: string): Promise<void> =>
  administer(admin, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);

describe('a database whose sessions are read-only for a while', () => {
  let homeward: Homeward;
  const seen: { during: number[]; status: number; after: number[] } = { during: [], status: 0, after: [] };
  let healedAfter = Infinity;

  beforeAll(async () => {
    homeward = await startHomeward();
    const name = await databaseOf(homeward);
    let stay = 0;
    const send = async (): Promise<number> =>
      (
        await homeward.call('POST', '/FHIR/R4/Bundle', {
          body: aSummary()
            .stay((stay += 1))
            .bytes(),
        })
      ).status;
    await send();
    await administer(admin, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await endSessions(name);
    for (let round = 0; round < 8; round += 1) seen.during.push(...(await Promise.all([send(), send()])));
    seen.status = (await homeward.call('GET', '/_status', { token: null })).status;
    await administer(admin, `ALTER DATABASE ${name} RESET default_transaction_read_only`);
    const began = Date.now();
    while (Date.now() - began < 10_000 && (await send()) !== 201) await sleep(100);
    healedAfter = Date.now() - began;
    for (let round = 0; round < 8; round += 1) seen.after.push(await send());
  });
  afterAll(() => homeward.close());

  it('is answered 503, and /_status says 503', () => {
    expect(new Set(seen.during)).toEqual(new Set([503]));
    expect(seen.status).toBe(503);
  });

  it('is used again within two seconds of its being writable, under load too', async () => {
    expect(healedAfter).toBeLessThan(2_000);
    expect(new Set(seen.after)).toEqual(new Set([201]));
    expect((await homeward.call('GET', '/_status', { token: null })).status).toBe(200);
  });
});

describe('a role that may have five connections', () => {
  let database: TestDatabase;
  const role = `limited_${randomBytes(4).toString('hex')}`;
  beforeAll(async () => {
    database = await createTestDatabase();
    await administer(admin, `CREATE ROLE ${role} LOGIN PASSWORD 'none' CONNECTION LIMIT 5`);
  });
  afterAll(async () => {
    await database.drop();
    await administer(admin, `DROP ROLE ${role}`);
  });

  it('has its work done one after the other, on the pool of twenty and on the connection of the trail', async () => {
    const open = (maxConnections: number, onNoRoom = (): void => undefined): Database =>
      openDatabase(asRole(database.connection, role), {
        maxConnections,
        connectionTimeoutMillis: 20_000,
        statementTimeoutMillis: 20_000,
        onError: () => undefined,
        onNoRoom,
      });
    const pool = open(20);
    const trail = open(1, () => pool.makeRoom());
    const work = Array.from({ length: 60 }, () => pool.query({ text: 'SELECT pg_sleep(0.02)' }));
    const record = trail.query({ text: 'SELECT 1' });
    expect((await Promise.all([...work, record])).length).toBe(61);
    expect(pool.pool.totalCount).toBeLessThanOrEqual(5);
    await Promise.all([pool.close(), trail.close()]);
  });
});

describe('a commit that waits for a standby which is not there', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  let database: Database;
  const control = async (sql: string): Promise<Record<string, unknown>[]> => {
    const client = new Client(postgres.connection);
    await client.connect();
    try {
      await client.query('SET synchronous_commit = local');
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'homeward-standby-'));
    const settings = { fsync: 'off', wal_level: 'replica', max_wal_senders: '2' };
    postgres = await startEmbeddedPostgres({ dataDir: folder, log: () => undefined, settings });
    await control('CREATE TABLE kept (what text)');
    await control("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await control('SELECT pg_reload_conf()');
    database = openDatabase(postgres.connection, {
      maxConnections: 2,
      connectionTimeoutMillis: 5_000,
      statementTimeoutMillis: 20_000,
      onError: () => undefined,
    });
  });
  afterAll(async () => {
    await database.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Cancels the wait, as an operator would who finds everything standing still. */
  async function cancelTheWait(): Promise<void> {
    const waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    while ((await control(waiting)).length === 0) await sleep(50);
  }

  it.each<[string, (insert: Statement) => Promise<unknown>]>([
    ['a transaction', (insert) => database.transaction((tx) => tx.query(insert))],
    ['a statement by itself', (insert) => database.query(insert)],
  ])('and is cancelled is no success: %s', async (name, store) => {
    const answer = store({ text: `INSERT INTO kept VALUES ('${name}')` }).catch((error: unknown) => error);
    await cancelTheWait();
    expect(await answer).toBeInstanceOf(DatabaseUnavailable);
    expect(await control(`SELECT 1 FROM kept WHERE what = '${name}'`)).toHaveLength(1);
  });

  it('is what the status speaks of', async () => {
    expect((await readReplication(database)).state).toBe('missing');
  });

  it('holds up a start: the log and /_status say why, also on a node that waits for this one', async () => {
    const port = String(await freePort());
    const read = readConfig({ PORT: port, DATA_DIR: join(folder, 'node'), WORKERS: '1' });
    if (!read.ok) throw new Error(read.faults.join());
    let logged = '';
    const log = createLogger('warn', { write: (line) => void (logged += line) });
    const { connection } = postgres;
    const starting = createApp({ config: read.config, log, connection, listens: true });
    while (!logged.includes(WAITS)) await sleep(50);
    const other: (string | undefined)[] = [];
    const stop = new AbortController();
    const migrating = migrate(
      connection,
      () => undefined,
      undefined,
      stop.signal,
      (said) => other.push(said),
    );
    while (other.length === 0) await sleep(50);
    stop.abort();
    await migrating.catch(() => undefined);
    const seen = await fetch(`http://127.0.0.1:${port}/_status`);
    expect([seen.status, await seen.json()]).toEqual([
      503,
      { status: 'fail', version: '1', output: expect.stringContaining(`starting. ${WAITS}`) },
    ]);
    expect(other[0]).toMatch(new RegExp(`^Another node is migrating .*${WAITS}`));

    await control("ALTER SYSTEM SET synchronous_standby_names = ''");
    await control('SELECT pg_reload_conf()');
    const app = await starting;
    await app.listen();
    expect((await fetch(`http://127.0.0.1:${port}/_status`)).status).toBe(200);
    await app.stop();
  });
});

describe('REQUIRE_SYNCHRONOUS=true without a synchronous standby', () => {
  let homeward: Homeward;
  beforeAll(async () => {
    homeward = await startHomeward({ REQUIRE_SYNCHRONOUS: 'true' });
  });
  afterAll(() => homeward.close());

  it('refuses submissions with 503 and Retry-After, and stores nothing', async () => {
    const { status, headers } = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
    expect([status, headers.has('retry-after')]).toEqual([503, true]);
    expect((await homeward.call('GET', '/FHIR/R4/Encounter')).json.total).toBe(0);
  });

  it('goes on answering reads, and /_status warns', async () => {
    expect((await homeward.call('GET', '/FHIR/R4/Encounter')).status).toBe(200);
    const { status, json } = await homeward.call('GET', '/_status', { token: null });
    expect([status, json.status, json.checks['database:replication'][0].status]).toEqual([
      200,
      'warn',
      'warn',
    ]);
  });
});

describe('several servers in DATABASE_URL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const urlOf = (...before: string[]): string => {
    const { host, port, user, password, database: name, connectionString } = database.connection;
    const own = connectionString === undefined ? undefined : new URL(connectionString);
    const search = new URLSearchParams({
      host: [...before.map(() => '127.0.0.1'), own?.hostname ?? String(host)].join(','),
      port: [...before, own?.port || String(port ?? 5432)].join(','),
      target_session_attrs: 'read-write',
    });
    const who = own ? `${own.username}:${own.password}` : `${user}:${String(password)}`;
    return `postgres://${who}@/${own ? own.pathname.slice(1) : name}?${search.toString()}`;
  };

  it('lead to the one that takes writes, past one that is away', async () => {
    const opened = openDatabase(
      { connectionString: urlOf('1') },
      {
        maxConnections: 2,
        connectionTimeoutMillis: 5_000,
        statementTimeoutMillis: 5_000,
        onError: () => undefined,
      },
    );
    const [row] = await opened.query<{ name: string }>({ text: 'SELECT current_database() AS name' });
    expect(row?.name).toMatch(/^test_/);
    await opened.close();
  });

  it('are used by migrations in the same way', async () => {
    expect((await migrate({ connectionString: urlOf('1') }, () => undefined)).applied).toEqual([]);
  });

  it('are none where all are read-only, and the sentence says so', async () => {
    const name = String(database.connection.database ?? new URL(urlOf()).pathname.slice(1));
    await administer(admin, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await expect(migrate({ connectionString: urlOf('1') }, () => undefined)).rejects.toThrow(
      'The database does not accept writes, because it is a standby or read-only. Set DATABASE_URL to the primary.',
    );
  });
});
