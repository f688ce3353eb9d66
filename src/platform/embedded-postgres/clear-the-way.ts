/**
 * Prepares a data directory that an earlier server used, before PostgreSQL starts there. A PostgreSQL whose server was
 * killed (an orphan) is shut down. A lock file whose process has ended is accepted. If the other server still runs, the
 * start is refused. `postmaster.pid` is never deleted: PostgreSQL uses it to find the shared memory that old backends
 * may still write from, and waits for those to end.
 */
import { open, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseFolderInUse, EmbeddedPostgresFailure } from './failure';
import { lastOwner, lockFileOf, ownerElsewhereLives, ownerIn, readLockFile } from './owner';
import { seeProcess, type ProcessSeen } from './process-seen';
import type { Log } from './log';

/** A marker on PostgreSQL's command line together with the data directory, by which its process is recognised. */
export const CLUSTER_SETTING = 'homeward.cluster';

const FAST_SHUTDOWN_MS = 60_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

export async function clearTheWay(cluster: string, log: Log): Promise<void> {
  const pid = Number((await readLockFile(cluster))?.[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  if (lastOwner(cluster)?.elsewhere) {
    log(
      'the database was last used from another container or host; waiting to see whether it is still in use',
    );
    if (await ownerElsewhereLives(cluster)) throw inUse(cluster, 'on another host or in another container');
  }
  const seen = seeProcess(pid);
  if (!seen) return;
  const owner = ownerIn(seen.command);
  if (!(await isPostgresOf(cluster, seen))) {
    await letTheLockThrough(cluster);
  } else if (!owner || owner.pid === seen.parent) {
    throw inUse(cluster, `process ${owner ? owner.pid : pid}`);
  } else {
    log('stopping a database whose server was killed', { pid });
    await shutDown(pid);
  }
}

function inUse(cluster: string, by: string): EmbeddedPostgresFailure {
  return new DatabaseFolderInUse(
    `The database in ${cluster} is in use by another server (${by}). Stop that server, or set another DATA_DIR for this server.`,
  );
}

/**
 * The system reuses process ids: the one in the lock file may now belong to any program, or to a process that has
 * ended.
 */
async function isPostgresOf(cluster: string, seen: ProcessSeen): Promise<boolean> {
  if (seen.defunct) return false;
  const [program = ''] = seen.command.split(' ');
  if (basename(program) !== 'postgres') return false;
  const real = await realpath(cluster);
  const named = [`${CLUSTER_SETTING}=${real} `, `-D ${real} `];
  return seen.cwd === real || named.some((each) => `${seen.command} `.includes(each));
}

/**
 * PostgreSQL accepts a lock file that names its parent process, and still checks that no old backend uses the shared
 * memory named in it. So this replaces the old id with ours, and keeps the rest.
 */
async function letTheLockThrough(cluster: string): Promise<void> {
  const lines = (await readLockFile(cluster)) ?? [];
  const file = await open(lockFileOf(cluster), 'r+');
  try {
    const text = [String(process.pid), ...lines.slice(1)].join('\n');
    await file.truncate(0);
    await file.write(text, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function shutDown(pid: number): Promise<void> {
  const steps = [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
  ] as const;
  for (const [signal, patienceMs] of steps) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw new EmbeddedPostgresFailure(
        `A killed server left PostgreSQL running (process ${pid}), and this account may not stop it. Stop it as the account that it runs under.`,
        error,
      );
    }
    for (let waited = 0; waited < patienceMs; waited += 20) {
      const seen = seeProcess(pid);
      if (!seen || seen.defunct) return;
      await sleep(20);
    }
  }
  throw new EmbeddedPostgresFailure(
    `A killed server left PostgreSQL running (process ${pid}), and it does not stop. Stop it by hand and start again.`,
  );
}
