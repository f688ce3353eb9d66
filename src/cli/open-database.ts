/**
 * The database for a command that looks into it beside a running server: the configured one; or the embedded one,
 * through the server that runs it, and started for the command where none runs.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, type PoolConfig } from 'pg';
import { openStore } from '../app';
import type { Config } from '../config';
import { DATABASE, DATABASE_USER } from '../platform/embedded-postgres/cluster';
import { createLogger } from '../platform/logger';
import type { Database } from '../platform/postgres';

export interface OpenedDatabase {
  database: Database;
  close(): Promise<void>;
}

/** Commands go through whole tables: their statements may take their time. */
const STATEMENT_TIMEOUT_MILLIS = 6 * 3_600_000;

/** @param migrates false leaves the tables as they are: for a command that must not write into evidence */
export async function openCommandDatabase(config: Config, migrates = true): Promise<OpenedDatabase> {
  const log = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel);
  const running = config.databaseUrl === undefined ? await embeddedInUse(config.dataDir) : undefined;
  return openStore({ ...config, statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS }, log, running, migrates);
}

/** PostgreSQL writes where its socket lies: the fifth line. @see https://www.postgresql.org/docs/current/storage-file-layout.html */
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
  const client = new Client({ ...connection, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.end();
    return connection;
  } catch {
    return undefined;
  }
}
