/**
 * Creates the private folder of the Unix socket: new at every start, mode 0700, and with a short path, because the
 * address of a socket must fit in 103 bytes (107 on Linux) however long DATA_DIR is. A new folder never contains an old
 * lock.
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
import { chmod, chown, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { canReach, type Account } from './account';
import { EmbeddedPostgresFailure } from './failure';

const LONGEST_FOLDER_BYTES = 103 - '/.s.PGSQL.5432'.length - 1;
const PREFIX = 'homeward-pg-';

export async function makeSocketFolder(account: Account | undefined, dataDir: string): Promise<string> {
  const candidates = [tmpdir(), '/tmp', '/var/tmp', '/run', dataDir];
  for (const parent of candidates) {
    const path = join(parent, `${PREFIX}XXXXXX`);
    if (/[",]/.test(path) || Buffer.byteLength(path) > LONGEST_FOLDER_BYTES) continue;
    try {
      if (!canReach(account, path)) continue;
      const folder = await mkdtemp(join(parent, PREFIX));
      await chmod(folder, 0o700);
      if (account) await chown(folder, account.uid, account.gid);
      return folder;
    } catch {
      continue; // not there, or not writable: the next one
    }
  }
  throw new EmbeddedPostgresFailure(
    `The socket of the database needs a writable folder with a short path (tried ${candidates.join(', ')}). Set TMPDIR to such a folder.`,
  );
}

/** Removes the folder of a PostgreSQL that no longer runs, and its files. */
export async function removeSocketFolder(folder: string): Promise<void> {
  await emptySocketFolder(folder);
  await rmdir(folder).catch(() => undefined);
}

export async function emptySocketFolder(folder: string): Promise<void> {
  await rm(join(folder, '.s.PGSQL.5432'), { force: true });
  await rm(join(folder, '.s.PGSQL.5432.lock'), { force: true });
}

/** The folder of the last start, which PostgreSQL stores; call it only when no process uses the cluster. */
export async function removeSocketFolderOfLastStart(cluster: string, ours = ''): Promise<void> {
  const options = await readFile(join(cluster, 'postmaster.opts'), 'utf8').catch(() => '');
  const folder = /"unix_socket_directories=\\?"?([^"\\]+)/.exec(options)?.[1];
  if (folder && folder !== ours && basename(folder).startsWith(PREFIX)) await removeSocketFolder(folder);
}
