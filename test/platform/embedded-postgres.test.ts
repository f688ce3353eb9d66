/**
 * The embedded PostgreSQL, as an operator meets it: started, stopped, killed, started twice. Each test has a data
 * directory of its own; servers that are to be killed run in a Node.js of their own.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client, type PoolConfig } from 'pg';
import {
  EmbeddedPostgresFailure,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/platform/embedded-postgres';
import { canReach } from '../../src/platform/embedded-postgres/account';
import { startNode, type NodeProcess } from '../support/node-process';

const FILE = resolve(__dirname, '../../src/platform/embedded-postgres.ts');
const NOBODY = { uid: 65534, gid: 65534 };
const silent = (): void => undefined;

let home: string;
let dataDir: string;
const ending: (() => Promise<unknown>)[] = [];

/** Making a cluster takes a second: one is made, and all but the tests of the making begin with a copy. */
let made: string;

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'homeward-embedded-'));
  await (await startEmbeddedPostgres({ dataDir: made, log: silent })).stop();
});

afterAll(() => rmSync(made, { recursive: true, force: true }));

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'homeward-embedded-')); // mode 0700: closed to the account that root lends
  dataDir = join(home, 'data');
});

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
  rmSync(home, { recursive: true, force: true });
});

function beginWithACopy(): void {
  mkdirSync(dataDir, { mode: 0o700 });
  execFileSync('cp', ['-pR', join(made, 'postgres'), join(dataDir, 'postgres')]);
}

async function startHere(folder = dataDir): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log: silent });
  ending.push(() => postgres.stop());
  return postgres;
}

/** A server in another process, as far as started. */
async function startElsewhere(): Promise<{ node: NodeProcess; connection: PoolConfig }> {
  const node = startNode(FILE, 'startEmbeddedPostgres', [{ dataDir, log: null }]);
  ending.push(() => node.kill('SIGTERM'));
  const [, result = ''] = await node.prints(/^result: (.*)$/m);
  return { node, connection: (JSON.parse(result) as EmbeddedPostgres).connection };
}

async function query<R = Record<string, unknown>>(connection: PoolConfig, sql: string): Promise<R[]> {
  const client = new Client(connection);
  client.on('error', silent);
  await client.connect();
  try {
    return (await client.query(sql)).rows as R[];
  } finally {
    await client.end();
  }
}

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 400; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((after) => setTimeout(after, 25));
    }
  }
}

function postmasterPid(): number {
  return Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('startEmbeddedPostgres', () => {
  it('starts in an empty folder, durable, in UTF-8, and in code point order', async () => {
    const { connection, version } = await startHere();

    expect(version).toMatch(/^18\./);
    expect(
      await query(
        connection,
        `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
                current_setting('full_page_writes') AS full_page_writes, current_setting('server_encoding') AS encoding,
                current_setting('listen_addresses') AS listens, lower('É') AS lower, 'B' < 'a' AS by_code_point`,
      ),
    ).toEqual([
      {
        fsync: 'on',
        synchronous_commit: 'on',
        full_page_writes: 'on',
        encoding: 'UTF8',
        listens: '',
        lower: 'é',
        by_code_point: true,
      },
    ]);
  });

  it('is found by its own address whatever PG* variables say', async () => {
    beginWithACopy();
    const before = { ...process.env };
    Object.assign(process.env, {
      PGHOST: 'nowhere.invalid',
      PGPORT: '1',
      PGUSER: 'x',
      PGDATABASE: 'x',
      PGSSLMODE: 'require',
      PGOPTIONS: '-c x',
    });
    try {
      const { connection } = await startHere();
      expect(await query(connection, 'SELECT current_user, current_database()')).toEqual([
        { current_user: 'homeward', current_database: 'homeward' },
      ]);
    } finally {
      process.env = before;
    }
  });

  it('keeps its rows from one start to the next, and leaves nothing running between', async () => {
    const first = await startEmbeddedPostgres({ dataDir, log: silent });
    const pid = first.pid() ?? 0;
    await query(first.connection, 'CREATE TABLE stay AS SELECT 7 AS nights');
    await first.stop();
    expect([isAlive(pid), existsSync(String(first.connection.host))]).toEqual([false, false]);

    const second = await startHere();
    expect(await query(second.connection, 'SELECT nights FROM stay')).toEqual([{ nights: 7 }]);
  });

  it('works in a folder whose path is longer than a socket address may be', async () => {
    const { connection } = await startHere(join(home, 'ward-'.repeat(20), 'bay-'.repeat(20)));

    expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('comes back with every committed row when PostgreSQL is killed', async () => {
    beginWithACopy();
    const postgres = await startHere();
    await query(postgres.connection, 'CREATE TABLE stay AS SELECT 7 AS nights');
    const killed = postgres.pid() ?? 0;
    process.kill(killed, 'SIGKILL');

    const rows = await eventually(() => query(postgres.connection, 'SELECT nights FROM stay'));

    expect(rows).toEqual([{ nights: 7 }]);
    expect(postgres.pid()).not.toBe(killed);
  });

  it('stops in order while PostgreSQL is being started again', async () => {
    beginWithACopy();
    const postgres = await startEmbeddedPostgres({ dataDir, log: silent });
    process.kill(postgres.pid() ?? 0, 'SIGKILL');
    await postgres.stop();

    expect(postgres.pid()).toBeUndefined();
    expect((await startHere()).pid()).toEqual(expect.any(Number));
  });

  it('refuses a data directory that a living server uses, and leaves that one alone', async () => {
    beginWithACopy();
    const { connection, node } = await startElsewhere();

    await expect(startHere()).rejects.toEqual(
      new EmbeddedPostgresFailure(
        `The database in ${dataDir}/postgres is in use by another server (process ${node.pid}). Stop that server, or set another DATA_DIR for this server.`,
      ),
    );
    expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('lets in exactly one of two servers that start at once in an empty folder', async () => {
    const both = await Promise.allSettled([startElsewhere(), startElsewhere()]);

    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(String(both.find((each) => each.status === 'rejected')?.reason)).toContain(
      'in use by another server',
    );
  });

  it('takes over from a server that was killed, whose PostgreSQL runs on', async () => {
    beginWithACopy();
    const { connection, node } = await startElsewhere();
    await query(connection, 'CREATE TABLE stay AS SELECT 7 AS nights');
    const orphan = postmasterPid();
    await node.kill('SIGKILL');
    expect(isAlive(orphan)).toBe(true);

    const postgres = await startHere();

    expect(await query(postgres.connection, 'SELECT nights FROM stay')).toEqual([{ nights: 7 }]);
    expect([postgres.pid() === orphan, existsSync(String(connection.host))]).toEqual([false, false]);
  });

  it('starts after the server and PostgreSQL were killed together', async () => {
    beginWithACopy();
    const { connection, node } = await startElsewhere();
    await query(connection, 'CREATE TABLE stay AS SELECT 7 AS nights');
    process.kill(postmasterPid(), 'SIGKILL');
    await node.kill('SIGKILL');

    const postgres = await startHere();

    expect(await query(postgres.connection, 'SELECT nights FROM stay')).toEqual([{ nights: 7 }]);
  });

  it('is not held up by a lock whose process id now belongs to another program', async () => {
    beginWithACopy();
    const { node } = await startElsewhere();
    process.kill(postmasterPid(), 'SIGKILL');
    await node.kill('SIGKILL');
    const lock = join(dataDir, 'postgres/postmaster.pid');
    const bystander = startNode(FILE, 'startEmbeddedPostgres', [{ dataDir: join(home, 'other'), log: null }]);
    await bystander.prints(/^result: /m);
    ending.push(() => bystander.kill('SIGTERM'));
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(bystander.pid)));

    const postgres = await startHere();

    expect(await query(postgres.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('runs on through the interrupt that a terminal sends to the whole process group', async () => {
    beginWithACopy();
    const postgres = await startHere();

    // A group that bears PostgreSQL's own id is one that it leads, apart from ours.
    expect(process.kill(-(postgres.pid() ?? 0), 0)).toBe(true);
  });

  it('says in one sentence that a folder was written by another version of PostgreSQL', async () => {
    mkdirSync(join(dataDir, 'postgres'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres/PG_VERSION'), '12\n');

    await expect(startHere()).rejects.toThrow(
      /^\S+ was written by PostgreSQL 12, but this Homeward has 18\.\d+\. Dump it with the old version and restore it, or set DATABASE_URL\.$/,
    );
  });

  it('says in one sentence why PostgreSQL does not start', async () => {
    beginWithACopy();
    const options = { dataDir, log: silent, settings: { shared_buffers: 'plenty' } };

    await expect(startEmbeddedPostgres(options)).rejects.toEqual(
      new EmbeddedPostgresFailure(
        `The embedded PostgreSQL does not start (invalid value for parameter "shared_buffers": "plenty"). See ${dataDir}/postgres.log.`,
      ),
    );
  });

  it('writes no value of a row to its log, whatever goes wrong', async () => {
    beginWithACopy();
    const { connection } = await startHere();
    await query(connection, 'CREATE TABLE patient (nhs_number text PRIMARY KEY)');
    await query(connection, "INSERT INTO patient VALUES ('9990000018')");
    await expect(query(connection, "INSERT INTO patient VALUES ('9990000018')")).rejects.toThrow(
      'duplicate key',
    );
    await expect(query(connection, "SELECT '9990000018'::date")).rejects.toThrow(
      'date/time field value out of range',
    );

    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).not.toContain('9990000018');
  });
});

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

asRoot('startEmbeddedPostgres, as root', () => {
  it('runs PostgreSQL as an ordinary account, in a folder that is closed to it', async () => {
    mkdirSync(dataDir, { mode: 0o700 });
    const postgres = await startHere();

    const { uid } = statSync(join(String(postgres.connection.host), '.s.PGSQL.5432'));

    expect(uid).toBeGreaterThan(0);
  });

  it('puts right a data directory that was copied or restored as root', async () => {
    beginWithACopy();
    execFileSync('chown', ['-R', 'root:root', dataDir]);
    execFileSync('chmod', ['-R', 'go+rX', dataDir]);

    const postgres = await startHere();

    expect(await query(postgres.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  const open = canReach(NOBODY, FILE) ? it : it.skip; // in a clone below /root nobody else can run anything

  open('runs from an ordinary account too', async () => {
    chmodSync(home, 0o777);
    const node = startNode(FILE, 'startEmbeddedPostgres', [{ dataDir, log: null }], NOBODY);
    ending.push(() => node.kill('SIGTERM'));
    const [, result = ''] = await node.prints(/^result: (.*)$/m);
    const { connection } = JSON.parse(result) as EmbeddedPostgres;

    expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
