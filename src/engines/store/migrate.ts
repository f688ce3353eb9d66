/**
 * Brings the database to the tables that this version needs. Migrations are plain SQL in `migrations/`, forward only:
 * the file `0001_server_tables.sql` is the migration `0001_server_tables`, and is applied in one transaction.
 * Any number of nodes may start at once: one migrates, the others wait and find it done.
 * @see https://knexjs.org/guide/migrations.html#custom-migration-sources
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Client, PoolConfig } from 'pg';
import { expectWritable, serversOf, TakesNoWrites } from '../../platform/choose-server';
import { packageRoot } from '../../platform/package-root';
import { watchMigration } from './watch-migration';

const silent = (): void => undefined;

type Log = (message: string, fields?: object) => void;

export interface Migrated {
  /** The names of the migrations that this call applied, in order. */
  applied: string[];
}

/** A reason why the database can't be migrated, as one sentence for the operator. */
export class MigrationFailure extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.name = 'MigrationFailure';
  }
}

/** `homeward` in ASCII: the advisory lock's key must be the same in every version, and no other program's. */
const LOCK_KEY = '7525353784921387620';
const LOCK_POLL_MS = 100;
const OLDEST_SERVER_VERSION = 14;
/** After this long, a server that accepts a connection and does not answer counts as not available. */
const CONNECTING_MILLIS = 5_000;

const MIGRATIONS = join(packageRoot(), 'migrations');
/** The first migration from before migrations were SQL. A database that lists it belongs to no released version. */
const FIRST_OF_BEFORE = '0001_server';

/**
 * @param directory the folder of the migrations, for tests
 * @param stop interrupts the migration: the current one is rolled back with its connection
 * @param onWait takes a sentence for the operator while the migration is held up, and undefined when it goes on
 * @throws MigrationFailure, or the driver's error when the database is not available
 */
export async function migrate(
  connection: PoolConfig,
  log: Log,
  directory = MIGRATIONS,
  stop?: AbortSignal,
  onWait?: (sentence: string | undefined) => void,
): Promise<Migrated> {
  const source = sourceIn(directory);
  const servers = serversOf(connection);
  // Loaded here only: it takes some 100 ms, and workers and most commands do not migrate.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { knex } = require('knex') as typeof import('knex');
  let ownPid: number | undefined;
  const db = knex({
    client: 'pg',
    connection: async () =>
      ({
        ...(await servers.choose()),
        application_name: 'homeward migrate',
        connectionTimeoutMillis: CONNECTING_MILLIS,
      }) as Knex.PgConnectionConfig,
    // One connection, which holds the lock from its first statement to its end: whatever migrates is locked, and a
    // node that is killed gives the lock back with its connection.
    pool: {
      min: 0,
      max: 1,
      afterCreate: (client: Client, done: (error: unknown, client: Client) => void) => {
        stop?.addEventListener('abort', () => void client.end().catch(silent), { once: true });
        prepare(client, log, stop).then(
          (pid) => {
            ownPid = pid;
            done(undefined, client);
          },
          (error: unknown) => {
            // The pool would forget a failed connection and leave it open.
            void client.end().catch(silent);
            done(error, client);
          },
        );
      },
    },
    log: { warn: silent, error: silent, deprecate: silent, debug: silent }, // what fails is thrown
    migrations: { migrationSource: source, tableName: 'schema_migration' },
  });
  const endWatch = onWait && watchMigration({ servers, lockKey: LOCK_KEY, ownPid: () => ownPid, onWait });
  try {
    // knex also marks its own table as locked, and the mark would remain after a node is killed. The advisory lock is
    // the real one.
    await db.migrate.forceFreeMigrationsLock();
    const [, applied] = (await db.migrate.latest()) as [number, string[]];
    if (applied.length > 0) log('migrations applied', { count: applied.length, migrations: applied });
    return { applied };
  } catch (error) {
    throw explained(error);
  } finally {
    endWatch?.();
    await db.destroy();
  }
}

/** Prepares the one connection: checks the server, removes the operator's time limits, and takes the lock. @returns its session */
async function prepare(client: Client, log: Log, stop?: AbortSignal): Promise<number | undefined> {
  await checkServer(client);
  await expectWritable(client);
  await client.query('SET statement_timeout = 0');
  // Ends a killed node's migration soon, and not only when its statement is done. A server on Windows cannot do this.
  await client.query('SET client_connection_check_interval = 1000').catch(() => undefined);
  for (let told = false; ; await sleep(LOCK_POLL_MS)) {
    stop?.throwIfAborted();
    // Asks repeatedly and does not wait in the statement: a waiting statement holds a snapshot, which would block the
    // other node.
    const { rows } = await client.query<{ locked: boolean; pid: number }>(
      `SELECT pg_try_advisory_lock(${LOCK_KEY}) AS locked, pg_backend_pid() AS pid`,
    );
    if (rows[0]?.locked) return rows[0].pid;
    if (!told) log('another node is migrating the database; waiting for it');
    told = true;
  }
}

async function checkServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string }>(
    "SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding",
  );
  const { version = '', encoding = '' } = rows[0] ?? {};
  if (Number.parseInt(version, 10) < OLDEST_SERVER_VERSION) {
    throw new MigrationFailure(
      `The database is PostgreSQL ${version}; Homeward needs PostgreSQL ${OLDEST_SERVER_VERSION} or later.`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new MigrationFailure(
      `The encoding of the database is ${encoding}. Create a database with ENCODING 'UTF8'.`,
    );
  }
}

function sourceIn(directory: string): Knex.MigrationSource<string> {
  return {
    getMigrations: async () =>
      readdirSync(directory)
        .filter((file) => /^\d{4}_[\w-]+\.sql$/.test(file))
        .map((file) => file.slice(0, -'.sql'.length))
        .sort(),
    getMigrationName: (name) => name,
    getMigration: async (name) => {
      const sql = await readFile(join(directory, `${name}.sql`), 'utf8');
      return { up: (db) => db.raw(literally(sql)), down: forwardOnly };
    },
  };
}

/** Escapes `?`, which knex would read as a placeholder. */
function literally(sql: string): string {
  if (sql.includes('\\?'))
    throw new Error('A migration cannot have a backslash before a question mark. Write [?] instead.');
  return sql.replaceAll('?', '\\?');
}

async function forwardOnly(): Promise<void> {
  throw new Error('Migrations go forward only.');
}

function explained(error: unknown): unknown {
  if (error instanceof TakesNoWrites)
    return new MigrationFailure(
      'The database does not accept writes, because it is a standby or read-only. Set DATABASE_URL to the primary.',
      error,
    );
  if (error instanceof Error && /migration directory is corrupt/.test(error.message)) {
    const missing = error.message.replace(/^.*missing:\s*/s, '');
    if (missing.split(/,\s*/).includes(FIRST_OF_BEFORE))
      return new MigrationFailure(
        'The database was made by a development version of Homeward from before 0.1.0, and this version cannot ' +
          'migrate its tables. Start with a new DATA_DIR or a new, empty database, and send the Bundles again.',
        error,
      );
    return new MigrationFailure(
      `The database was migrated by another version of Homeward, which knows migrations that this one does not ` +
        `(${missing}): start that version or a later one.`,
      error,
    );
  }
  return error;
}
