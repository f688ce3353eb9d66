/**
 * Creates the data directory (which PostgreSQL calls a cluster) if there is none, and checks an existing one. A new one
 * is created in a temporary folder and renamed when complete, so that an interrupted start leaves nothing that looks
 * complete. UTF-8 text, ordered by code point; data checksums are on.
 * @see https://www.postgresql.org/docs/18/app-initdb.html
 */
import {
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Account } from './account';
import type { Binaries } from './binaries';
import { EmbeddedPostgresFailure } from './failure';
import { run, type Finished } from './run';

export const DATABASE = 'homeward';
export const DATABASE_USER = 'homeward';

/** An incomplete folder this old is no longer in use. */
const LEFTOVER_AFTER_MS = 10 * 60_000;

/**
 * How PostgreSQL receives its data directory. An account that root chose may not be able to enter the folders above it
 * (DATA_DIR below /root). Root starts PostgreSQL with that folder as its working directory, and on Linux the working
 * directory can be named without the folders above.
 */
export function nameForPostgres(folder: string, account: Account | undefined): string {
  return account && process.platform === 'linux' ? '/proc/self/cwd' : folder;
}

export async function ensureCluster(
  folder: string,
  binaries: Binaries,
  account: Account | undefined,
  stop?: AbortSignal,
): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      },
    );
    if (version === undefined) await createCluster(folder, binaries, account, stop);
    else await checkCluster(folder, version.trim(), binaries, account);
  } catch (error) {
    if (error instanceof EmbeddedPostgresFailure) throw error;
    stop?.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new EmbeddedPostgresFailure(
      `Cannot use the database folder ${folder} (${why}). Set DATA_DIR to a folder that this account may write to.`,
      error,
    );
  }
}

async function checkCluster(
  folder: string,
  version: string,
  binaries: Binaries,
  account: Account | undefined,
): Promise<void> {
  if (version !== binaries.version.split('.')[0]) {
    throw new EmbeddedPostgresFailure(
      `${folder} was written by PostgreSQL ${version}, but this Homeward has ${binaries.version}. Dump it with the old ` +
        'version and restore it, or set DATABASE_URL.',
    );
  }
  const { uid } = await stat(folder);
  if (account && uid === 0) await giveTo(folder, account);
  if (!account && process.getuid && uid !== process.getuid()) {
    throw new EmbeddedPostgresFailure(
      `${folder} belongs to another account (user id ${uid}). Start Homeward as that account or as root, or set another DATA_DIR.`,
    );
  }
  await chmod(folder, 0o700);
}

/** After root has copied or restored a data directory, its files are root's, which PostgreSQL refuses. */
async function giveTo(folder: string, account: Account): Promise<void> {
  await chown(folder, account.uid, account.gid);
  for (const path of await readdir(folder, { recursive: true })) {
    await lchown(join(folder, path), account.uid, account.gid);
  }
}

async function createCluster(
  folder: string,
  binaries: Binaries,
  account: Account | undefined,
  stop: AbortSignal | undefined,
): Promise<void> {
  await sweepLeftovers(folder);
  const fresh = await mkdtemp(`${folder}.new-`);
  try {
    if (account) await chown(fresh, account.uid, account.gid);
    const as = nameForPostgres(fresh, account);
    const initdb = await run({
      file: binaries.initdb,
      args: [
        ...['-D', as, '-U', DATABASE_USER, '--auth=trust', '--encoding=UTF8', '--locale=C'],
        ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
      ],
      account,
      cwd: fresh,
      stop,
    });
    stop?.throwIfAborted();
    if (initdb.exitCode !== 0) throw initdbFailure(initdb);
    const created = await run({
      file: binaries.postgres,
      args: ['--single', '-D', as, 'postgres'],
      account,
      cwd: fresh,
      input: `CREATE DATABASE ${DATABASE};\n`,
      stop,
    });
    stop?.throwIfAborted();
    if (created.exitCode !== 0) throw initdbFailure(created);
    await putInPlace(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** If two servers start at once in an empty DATA_DIR, the folder of the first to finish is used by both. */
async function putInPlace(fresh: string, folder: string): Promise<void> {
  try {
    await rename(fresh, folder);
  } catch (error) {
    const holdsACluster = await stat(join(folder, 'PG_VERSION')).then(
      () => true,
      () => false,
    );
    if (!holdsACluster) throw error;
  }
  const parent = await open(dirname(folder), 'r');
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

async function sweepLeftovers(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(folder)}.new-`)) continue;
    const path = join(parent, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > LEFTOVER_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

function initdbFailure({ output }: Finished): EmbeddedPostgresFailure {
  if (/could not look up effective user ID/.test(output)) {
    return new EmbeddedPostgresFailure(
      `PostgreSQL needs an account name for user id ${process.getuid?.()}, but /etc/passwd has none. Add one (in a ` +
        'container, at build), or set DATABASE_URL.',
    );
  }
  const line = output.split('\n').find((each) => /error|FATAL|PANIC/.test(each)) ?? output.trim();
  return new EmbeddedPostgresFailure(`The database could not be created: ${line.trim()}`);
}
