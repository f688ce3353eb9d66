/**
 * Opens the database for a command, with or without a running server: the configured database, or the embedded one. The
 * embedded one is reached through the server that runs it, or started for the command if no server runs.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { openStore, type OpenStoreOptions } from '../../app/open-store';
import type { Config } from '../../config';
import { DATABASE, DATABASE_USER } from '../../platform/embedded-postgres/cluster';
import { createLogger, type Logger } from '../../platform/logger';
import type { Documents } from '../../engines/store/documents';
import type { MonthFiles } from '../../engines/store/month-files';
import type { Database } from '../../platform/postgres';
import { ListeningClient } from '../../platform/listening-client';

export interface OpenedDatabase {
  database: Database;
  documents: Documents;
  monthFiles: MonthFiles;
  close(): Promise<void>;
}

/** Commands read whole tables, so their statements may run for a long time. */
const STATEMENT_TIMEOUT_MILLIS = 6 * 3_600_000;

/** @param options what the command requires of the tables, and the signal that interrupts it */
export async function openCommandDatabase(
  config: Config,
  options: Pick<OpenStoreOptions, 'stop' | 'migrates' | 'claims'> = {},
): Promise<OpenedDatabase> {
  const connection = await runningDatabase(config);
  const store = await openStore(
    { ...config, statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS },
    commandLog(config),
    { ...options, connection },
  );
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= store.close());
  // An interrupted command ends its statements, and the PostgreSQL that was started for it.
  options.stop?.addEventListener('abort', () => void close().catch(() => undefined), { once: true });
  return { database: store.database, documents: store.documents, monthFiles: store.monthFiles, close };
}

/** The logger of a command. It logs only problems, because the command prints its own output. */
export function commandLog({ logLevel }: Config): Logger {
  return createLogger(logLevel === 'info' ? 'warn' : logLevel);
}

/** The embedded PostgreSQL of a running server; undefined when a database is configured, or no server runs. */
export async function runningDatabase(config: Config): Promise<PoolConfig | undefined> {
  return config.databaseUrl === undefined ? embeddedInUse(config.dataDir) : undefined;
}

/**
 * PostgreSQL writes the folder of its socket into the fifth line.
 * @see https://www.postgresql.org/docs/current/storage-file-layout.html
 */
async function embeddedInUse(dataDir: string): Promise<PoolConfig | undefined> {
  const text = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const [, , , , socketFolder = ''] = text.split('\n');
  if (socketFolder === '') return undefined;
  const connection: PoolConfig = {
    host: socketFolder,
    port: 5432,
    user: DATABASE_USER,
    database: DATABASE,
    password: 'none',
    ssl: false,
  };
  const client = new ListeningClient({ ...connection, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.end();
    return connection;
  } catch {
    return undefined;
  }
}
