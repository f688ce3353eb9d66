/**
 * The folder in which a test run makes its clusters, sockets and profiles, as TMPDIR of everything that it starts. It is
 * in memory where there is room: after many files were deleted, ext4 searches long for each new one (`recently_deleted`),
 * and a copy of the test database is 600 files. That search was a third of the time of PostgreSQL in a test run.
 */
import {
  accessSync,
  chmodSync,
  constants,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTheWay } from '../../src/platform/embedded-postgres/clear-the-way';
import { removeSocketFolderOfLastStart } from '../../src/platform/embedded-postgres/socket-folder';

const PREFIX = 'homeward-tests-';
const IN_MEMORY = '/dev/shm';
/** What a run takes at most is less than a quarter of it. */
const ROOM_BYTES = 8 * 1024 ** 3;
const HOUR_MS = 3_600_000;
const SILENT = (): void => undefined;

/** @returns its path, and what removes it */
export function makeTemporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(hasRoom(IN_MEMORY) ? IN_MEMORY : tmpdir(), PREFIX));
  // As /tmp: a PostgreSQL that root starts belongs to another account.
  chmodSync(path, 0o1777);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = path;
  return {
    path,
    remove: () => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function hasRoom(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false; // not there, or not for this account
  }
}

/** A test run that was killed could not clean up: what it left is an hour old and nobody's. */
export async function sweepKilledRuns(): Promise<void> {
  for (const parent of new Set([tmpdir(), IN_MEMORY])) {
    for (const folder of foldersOfRuns(parent)) {
      const cluster = join(folder, 'server', 'postgres');
      try {
        await clearTheWay(cluster, SILENT);
        await removeSocketFolderOfLastStart(cluster);
        rmSync(folder, { recursive: true, force: true });
      } catch {
        continue; // a long run that is still going on, or another account's
      }
    }
  }
}

function foldersOfRuns(parent: string): string[] {
  try {
    return readdirSync(parent)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => join(parent, name))
      .filter((folder) => Date.now() - statSync(folder).mtimeMs >= HOUR_MS);
  } catch {
    return []; // not there
  }
}
