/**
 * The database away in the ways that need no process killed: connections cut between server and PostgreSQL, a pool run
 * dry, a disk that is full; and senders who hang up. The server runs in this process.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { createApp, type App } from '../../src/app';
import { readConfig } from '../../src/config';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres';
import { createLogger } from '../../src/platform/logger';
import { openDatabase } from '../../src/platform/postgres';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { everything } from '../support/homeward';
import { inconsistencies, lostBytes, replayed, unexplained } from './inspect';
import { randomOf, startLoad, type Load } from './load';
import { startProxy } from './proxy';

const long = process.env.FAULTS === 'long';
const seed = Number(process.env.FAULTS_SEED ?? 8);
jest.setTimeout(long ? 900_000 : 60_000);

interface Serving {
  app: App;
  url: string;
  token: (ods: string) => string;
  send(summary: SummaryBuilder | Buffer, ods?: string): Promise<Response>;
  stop(): Promise<void>;
}

async function serving(connection: PoolConfig, env: Record<string, string> = {}): Promise<Serving> {
  const dataDir = mkdtempSync(join(tmpdir(), 'homeward-faults-'));
  const read = readConfig({
    PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_MAX_CONNECTIONS: '8',
    DATABASE_CONNECTION_TIMEOUT_MS: '1000',
    STATEMENT_TIMEOUT_MS: '2000',
    ...env,
  });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const app = await createApp({ config: read.config, log: createLogger('silent'), connection });
  const { url } = await app.listen();
  const tokens = new Map<string, string>();
  const token = (ods: string): string => {
    const made =
      tokens.get(ods) ?? app.sandbox!.token({ scope: everything, ods, ttlSeconds: 3600, sub: ods });
    tokens.set(ods, made);
    return made;
  };
  return {
    app,
    url,
    token,
    send: (summary, ods = 'RR8') =>
      fetch(`${url}/FHIR/R4/Bundle`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token(ods)}`, 'Content-Type': 'application/fhir+json' },
        body: Buffer.isBuffer(summary) ? summary : summary.bytes(),
      }),
    stop: async () => {
      await app.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function untilAcknowledged(load: Load, more = 3): Promise<void> {
  const before = load.log.length;
  for (const began = Date.now(); load.log.length < before + more; await sleep(20))
    if (Date.now() - began > 45_000) throw new Error('nothing is acknowledged any more');
}

async function expectReplay(connection: PoolConfig, load: Load): Promise<void> {
  const database = openDatabase(connection, {
    maxConnections: 2,
    connectionTimeoutMillis: 10_000,
    statementTimeoutMillis: 60_000,
    onError: () => undefined,
  });
  try {
    const wrong = [
      ...(await inconsistencies(database)),
      ...(await unexplained(database, load.log, new Set())),
      ...(await replayed(database, load.log)),
      ...(await lostBytes(database, load.log)),
    ];
    expect({ wrong, faults: load.faults }).toEqual({ wrong: [], faults: [] });
  } finally {
    await database.close();
  }
}

describe('on a database for tests', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  it('connections that are cut between the server and PostgreSQL lose nothing, and are answered 503', async () => {
    const { connection } = database;
    const random = randomOf(seed);
    const proxy = await startProxy(
      { path: `${String(connection.host)}/.s.PGSQL.${String(connection.port ?? 5432)}` },
      random,
    );
    const server = await serving({ ...connection, host: '127.0.0.1', port: proxy.port });
    const load = startLoad({ ...server, url: () => server.url, senders: 4, patienceMs: 15_000, seed });
    const until = Date.now() + (long ? 60_000 : 2_500);
    for (let cuts = 0; Date.now() < until; cuts += 1) {
      // Storms with a calm between them, so that some get through.
      await sleep(cuts % 5 === 4 ? 400 + random() * 800 : random() * 120);
      proxy.cutAfter(cuts % 3 === 0 ? 40_000 : undefined);
      proxy.cut();
    }
    proxy.cutAfter(undefined);
    await untilAcknowledged(load);
    await load.finish();
    expect(load.answers.get('503')).toBeGreaterThan(0);
    expect(load.answers.get('none') ?? 0).toBe(0);
    if (long)
      console.log(JSON.stringify({ answers: Object.fromEntries(load.answers), slowest: load.slowestMs() }));
    await expectReplay(connection, load);
    await server.stop();
    await proxy.close();
  });

  it('a pool that runs dry is 503 with Retry-After; sent again later, all is stored once', async () => {
    const server = await serving(database.connection, {
      DATABASE_MAX_CONNECTIONS: '2',
      DATABASE_CONNECTION_TIMEOUT_MS: '300',
      STATEMENT_TIMEOUT_MS: '700',
    });
    const other = openDatabase(database.connection, {
      maxConnections: 1,
      connectionTimeoutMillis: 5_000,
      statementTimeoutMillis: 20_000,
      onError: () => undefined,
    });
    const summaries = Array.from({ length: 12 }, (_, index) => aSummary().stay(index + 1));
    // Each waits in vain until the server gives it up: the lock is held until all are answered.
    const blocked = await other.transaction(async (tx) => {
      await tx.query({ text: 'LOCK TABLE submission IN ACCESS EXCLUSIVE MODE' });
      return Promise.all(summaries.map((summary) => server.send(summary)));
    });
    expect(blocked.map(({ status }) => status)).toEqual(summaries.map(() => 503));
    expect(blocked.every(({ headers }) => headers.has('retry-after'))).toBe(true);
    for (const summary of summaries) {
      let { status } = await server.send(summary);
      // On a busy machine, so short a time limit ends a sound statement too.
      while (status === 503) ({ status } = await server.send(summary));
      expect([200, 201]).toContain(status);
    }
    expect(await inconsistencies(other)).toEqual([]);
    expect(await other.query({ text: 'SELECT status, count(*)::int FROM submission GROUP BY 1' })).toEqual([
      { status: 'accepted', count: summaries.length },
    ]);
    await other.close();
    await server.stop();
  });

  it('a sender who hangs up leaves all or nothing; sent again, it is stored once', async () => {
    const server = await serving(database.connection);
    const { port } = new URL(server.url);
    const statuses: number[] = [];
    for (let round = 0; round < (long ? 100 : 15); round += 1) {
      const body = aSummary()
        .stay(round + 1)
        .bytes();
      const head = `POST /FHIR/R4/Bundle HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token('RR8')}\r\nContent-Type: application/fhir+json\r\nContent-Length: ${body.length}\r\n\r\n`;
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      const part = round % 3 === 0 ? Math.floor((body.length * round) / 100) : body.length;
      await new Promise<void>((resolve) =>
        socket.write(Buffer.concat([Buffer.from(head), body.subarray(0, part)]), () => resolve()),
      );
      await sleep(round);
      socket.resetAndDestroy();
      const again = await server.send(body);
      statuses.push(again.status);
    }
    expect(statuses.every((status) => status === 200 || status === 201)).toBe(true);
    await server.stop();
    const look = openDatabase(database.connection, {
      maxConnections: 1,
      connectionTimeoutMillis: 5_000,
      statementTimeoutMillis: 20_000,
      onError: () => undefined,
    });
    expect(await inconsistencies(look)).toEqual([]);
    expect(await look.query({ text: 'SELECT status, count(*)::int FROM submission GROUP BY 1' })).toEqual([
      { status: 'accepted', count: statuses.length },
    ]);
    await look.close();
  });
});

/** A file system so small that it can be filled, where this account may mount one. */
function smallDisk(): { folder: string; unmount: () => void } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-small-disk-'));
  const mounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=755', 'tmpfs', folder]).status === 0;
  if (!mounted) rmSync(folder, { recursive: true });
  return mounted
    ? {
        folder,
        unmount: () => {
          spawnSync('umount', [folder]);
          rmSync(folder, { recursive: true });
        },
      }
    : undefined;
}

const disk = long ? smallDisk() : undefined;
afterAll(() => disk?.unmount());

(disk ? it : it.skip)(
  'a full disk (where this account may mount a small one; in the long form) loses nothing, and is answered 503',
  async () => {
    const dataDir = join(disk!.folder, 'data');
    mkdirSync(dataDir, { mode: 0o755 });
    const postgres = await startEmbeddedPostgres({
      dataDir,
      log: () => undefined,
      settings: { max_wal_size: '48MB', min_wal_size: '32MB', shared_buffers: '16MB' },
    });
    const server = await serving(postgres.connection);
    const load = startLoad({
      ...server,
      url: () => server.url,
      senders: 4,
      patienceMs: 30_000,
      seed,
      documentBytes: 20_000,
    });
    await untilAcknowledged(load, 10);
    const filler = join(disk!.folder, 'filler');
    for (let round = 0; round < 3; round += 1) {
      const refusals = load.answers.get('503') ?? 0;
      const { bavail, bsize } = statfsSync(disk!.folder);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 200_000)));
      for (const began = Date.now(); (load.answers.get('503') ?? 0) < refusals + 5; await sleep(50)) {
        if (Date.now() - began > 60_000) throw new Error('the disk does not fill up');
        const left = statfsSync(disk!.folder);
        if (left.bavail > 0) writeFileSync(filler, Buffer.alloc(left.bavail * left.bsize), { flag: 'a' });
      }
      truncateSync(filler, 0);
      await untilAcknowledged(load, 10);
    }
    await load.finish();
    console.log(JSON.stringify({ fullDisk: Object.fromEntries(load.answers), slowestMs: load.slowestMs() }));
    await expectReplay(postgres.connection, load);
    await server.stop();
    await postgres.stop();
  },
);
