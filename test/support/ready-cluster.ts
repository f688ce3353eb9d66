/**
 * A PostgreSQL cluster with every migration applied, for servers that tests start as processes: it is made once, kept in
 * node_modules/.cache, and copied. A server that finds the copy in its DATA_DIR starts as it does the second time.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { migrate } from '../../src/engines/store/migrate';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres';
import { checksums } from './checksums';
import { filesIn, root, textOf } from './sources';

const KEPT = join(root, 'node_modules', '.cache', 'homeward-cluster');
const SILENT = (): void => undefined;
const run = promisify(execFile);

/** Copies the cluster into this data directory. */
export async function putReadyCluster(dataDir: string): Promise<void> {
  // With its accounts: root makes it for another one.
  await run('cp', ['-a', join(await readyCluster(), 'postgres'), join(dataDir, 'postgres')]);
}

/** @returns the folder that holds it: one for these migrations, this PostgreSQL and this account */
async function readyCluster(): Promise<string> {
  const code = filesIn('src/platform/embedded-postgres', '.ts').map(textOf);
  const packages = textOf('package-lock.json');
  const hash = createHash('sha256').update(
    JSON.stringify([checksums().now, code, packages, process.getuid?.()]),
  );
  const folder = join(KEPT, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(KEPT, { recursive: true });
  const earlier = readdirSync(KEPT).filter((name) => !name.startsWith('new-'));
  const made = mkdtempSync(join(KEPT, 'new-'));
  try {
    const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
    const postgres = await startEmbeddedPostgres({ dataDir: made, log: SILENT, settings });
    try {
      await migrate(postgres.connection, SILENT);
    } finally {
      await postgres.stop();
    }
    renameSync(made, folder);
    for (const name of earlier) rmSync(join(KEPT, name), { recursive: true, force: true });
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Another test file may have made it first.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
