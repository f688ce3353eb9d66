/**
 * Runs Homeward's own PostgreSQL, so that it starts without other software installed. It is a real PostgreSQL whose
 * programs come in an npm package and whose files are under DATA_DIR. It starts and stops with the server, is restarted
 * when it ends unexpectedly, and can be reached only through a Unix socket in a private folder.
 * @see docs/decisions/0001-embedded-postgresql.md
 */
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PoolConfig } from 'pg';
import { chooseAccount } from './embedded-postgres/account';
import { findBinaries } from './embedded-postgres/binaries';
import { DATABASE, DATABASE_USER, ensureCluster } from './embedded-postgres/cluster';
import { EmbeddedPostgresFailure } from './embedded-postgres/failure';
import type { Log } from './embedded-postgres/log';
import { SETTINGS } from './embedded-postgres/settings';
import { makeSocketFolder, removeSocketFolder } from './embedded-postgres/socket-folder';
import { supervise } from './embedded-postgres/supervise';
import { makeFolder } from './make-folder';

export { DatabaseFolderInUse, EmbeddedPostgresFailure } from './embedded-postgres/failure';

export interface EmbeddedPostgresOptions {
  /** The server's folder; the database takes `postgres/` and `postgres.log` in it. */
  dataDir: string;
  log: Log;
  /** PostgreSQL settings that differ from Homeward's (the tests run without `fsync`). */
  settings?: Readonly<Record<string, string>>;
  /** Interrupts the start, and ends the processes that it started. */
  stop?: AbortSignal | undefined;
}

export interface EmbeddedPostgres {
  /** Complete settings, so that no PG* variable of the environment has an effect. */
  connection: PoolConfig;
  version: string;
  stop(): Promise<void>;
  /** The process id of PostgreSQL; undefined when it is not running. */
  pid(): number | undefined;
}

/** @throws EmbeddedPostgresFailure, whose message is one sentence for the operator */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw new EmbeddedPostgresFailure(
      'The embedded PostgreSQL is for Linux and macOS. On Windows, set DATABASE_URL.',
    );
  }
  const dataDir = realFolder(options.dataDir);
  const cluster = join(dataDir, 'postgres');
  const account = chooseAccount(cluster);
  const binaries = await findBinaries(dataDir, account);
  await ensureCluster(cluster, binaries, account, options.stop);
  const socketFolder = await makeSocketFolder(account, dataDir);
  try {
    const supervised = await supervise({
      postgres: binaries.postgres,
      cluster,
      account,
      socketFolder,
      settings: { ...SETTINGS, ...options.settings },
      logFile: join(dataDir, 'postgres.log'),
      log: options.log,
      stop: options.stop,
    });
    return {
      connection: connectionThrough(socketFolder),
      version: binaries.version,
      pid: supervised.pid,
      async stop() {
        await supervised.stop();
        await removeSocketFolder(socketFolder);
      },
    };
  } catch (error) {
    await removeSocketFolder(socketFolder);
    throw error;
  }
}

function realFolder(path: string): string {
  const folder = resolve(path);
  try {
    makeFolder(folder);
    return realpathSync(folder);
  } catch (error) {
    throw new EmbeddedPostgresFailure(
      `Cannot create or open DATA_DIR ${folder} (${(error as NodeJS.ErrnoException).code}). Set DATA_DIR to a folder that this account may write to.`,
      error,
    );
  }
}

function connectionThrough(socketFolder: string): PoolConfig {
  return {
    host: socketFolder,
    port: 5432,
    user: DATABASE_USER,
    database: DATABASE,
    password: 'none', // the folder is the key: only this account and root may enter it
    ssl: false,
    client_encoding: 'UTF8',
    options: '-c client_min_messages=warning',
  };
}
