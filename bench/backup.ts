/** A backup of a store with PostgreSQL's own `pg_dump`, where this machine has the one of the server's version. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { PoolConfig } from 'pg';

export interface Backup {
  seconds: number;
  /** Of all its files, compressed. */
  bytes: number;
}

/** The least compression: the rest is the speed of the machine. */
const COMPRESSION = 1;

/**
 * Dumps a database into a folder with a process for each core, and removes the folder.
 * @param version of the server, such as `15.13`
 * @returns undefined where there is no `pg_dump` of this version
 * @throws with what `pg_dump` said, when it fails
 */
export async function backUp(
  connection: PoolConfig,
  version: string,
  dataDir: string,
): Promise<Backup | undefined> {
  const pgDump = `/usr/lib/postgresql/${version.split('.')[0]}/bin/pg_dump`;
  if (!isThere(pgDump)) return undefined;
  const folder = join(dataDir, 'dump');
  const startedAt = performance.now();
  try {
    await dump(pgDump, connection, folder);
    return { seconds: (performance.now() - startedAt) / 1000, bytes: bytesIn(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function dump(pgDump: string, connection: PoolConfig, folder: string): Promise<void> {
  const { host, port, user, password, database } = connection;
  const options = {
    format: 'directory',
    jobs: availableParallelism(),
    compress: COMPRESSION,
    file: folder,
    host,
    port,
    username: user,
    dbname: database,
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(pgDump, args, {
    env: { PGPASSWORD: String(password) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`pg_dump failed: ${said.trim()}`);
}

const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
