/** A PostgreSQL that is there already, for `--postgres`: the benchmark makes its databases in it, and drops them at the end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { openPool } from './open-pool';

export interface GivenPostgres {
  connection: PoolConfig;
  version: string;
  /** The process that all others of it descend from; 0 where it does not run on this machine, or may not be asked. */
  postmaster: number;
}

/** @throws when it cannot be reached, or the user may not make databases */
export async function openGivenPostgres(url: string): Promise<GivenPostgres> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection: PoolConfig = {
    host: decodeURIComponent(hostname),
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)) || 'postgres',
    ssl: false,
    client_encoding: 'UTF8',
    options: '-c client_min_messages=warning',
  };
  const pool = openPool(connection, 1);
  try {
    const { rows } = await pool.query<{ version: string; folder: string | null; may: boolean }>(
      `SELECT current_setting('server_version') AS version, current_setting('data_directory', true) AS folder,
        rolcreatedb OR rolsuper AS may FROM pg_roles WHERE rolname = current_user`,
    );
    const { version = '', folder = null, may = false } = rows[0] ?? {};
    if (!may) throw new Error(`The user ${connection.user} of --postgres may not make databases.`);
    return { connection, version, postmaster: postmasterIn(folder) };
  } finally {
    await pool.end();
  }
}

function postmasterIn(folder: string | null): number {
  try {
    return Number(readFileSync(join(folder ?? '', 'postmaster.pid'), 'latin1').split('\n')[0]) || 0;
  } catch {
    return 0;
  }
}
