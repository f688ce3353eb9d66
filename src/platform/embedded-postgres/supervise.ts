/**
 * Keeps one PostgreSQL running on a data directory: starts it, restarts it when it ends unexpectedly, and stops it.
 * PostgreSQL runs in its own session, so that Ctrl-C in the terminal reaches only this process, which completes the
 * work in progress before it stops the database.
 * @see https://www.postgresql.org/docs/18/server-shutdown.html
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account';
import { clearTheWay, CLUSTER_SETTING } from './clear-the-way';
import { nameForPostgres } from './cluster';
import { EmbeddedPostgresFailure } from './failure';
import type { Log } from './log';
import { ownerMark, readLockFile, startHeartbeat } from './owner';
import { CLEAN_ENVIRONMENT } from './run';
import { emptySocketFolder, removeSocketFolderOfLastStart } from './socket-folder';

export interface SuperviseOptions {
  postgres: string;
  cluster: string;
  account: Account | undefined;
  socketFolder: string;
  settings: Readonly<Record<string, string>>;
  logFile: string;
  log: Log;
  /** Interrupts the first start. */
  stop?: AbortSignal | undefined;
}

export interface Supervised {
  /** The postmaster's process id while it runs. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** How long backends of a killed postmaster may take to notice; they keep the lock until then. */
const LOCK_PATIENCE_MS = 30_000;
/** Replaying the log after a crash may take minutes. */
const READY_PATIENCE_MS = 600_000;
const LONGEST_PAUSE_MS = 5_000;
const FAST_SHUTDOWN_MS = 60_000;
const LOG_FILE_BYTES = 10 * 1024 * 1024;

export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let restarting: Promise<void> = Promise.resolve();

  async function start(): Promise<void> {
    await clearTheWay(options.cluster, options.log);
    await removeSocketFolderOfLastStart(options.cluster, options.socketFolder);
    await emptySocketFolder(options.socketFolder);
    options.stop?.throwIfAborted();
    const logSize = trimLog(options.logFile);
    const started = launch(options);
    child = started;
    started.once('exit', () => {
      if (child === started) child = undefined;
    });
    await untilReady(started, options, logSize);
    started.once('exit', (code, signal) => {
      if (stopping.signal.aborted) return;
      options.log('the database stopped unexpectedly; starting it again', { code, signal });
      restarting = startAgain();
    });
  }

  async function startAgain(): Promise<void> {
    for (let pauseMs = 50; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await start();
        options.log('the database is available again', { pid: child?.pid });
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        options.log('the database has not started yet', { reason: (error as Error).message });
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const endWithThisProcess = (): void => {
    child?.kill('SIGINT');
  };
  process.once('exit', endWithThisProcess);
  const stopHeartbeat = await startFirst(start).catch((error: unknown) => {
    process.off('exit', endWithThisProcess);
    throw error;
  });

  async function startFirst(attempt: () => Promise<void>): Promise<() => void> {
    for (const began = Date.now(); ; await sleep(100)) {
      try {
        await attempt();
        return startHeartbeat(options.cluster);
      } catch (error) {
        if (!isHeldForAMoment(error) || Date.now() - began > LOCK_PATIENCE_MS) throw error;
      }
    }
  }

  return {
    pid: () => child?.pid,
    async stop() {
      stopping.abort();
      await shutDown(child);
      await restarting;
      await shutDown(child);
      stopHeartbeat();
      process.off('exit', endWithThisProcess);
    },
  };
}

function launch(options: SuperviseOptions): ChildProcess {
  const settings = {
    ...options.settings,
    unix_socket_directories: `"${options.socketFolder}"`,
    'homeward.owner': ownerMark(),
    [CLUSTER_SETTING]: options.cluster,
  };
  const logFile = openSync(options.logFile, 'a', 0o600);
  try {
    return spawn(
      options.postgres,
      [
        '-D',
        nameForPostgres(options.cluster, options.account),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      {
        cwd: options.cluster,
        env: CLEAN_ENVIRONMENT,
        detached: true,
        stdio: ['ignore', logFile, logFile],
        ...options.account,
      },
    );
  } finally {
    closeSync(logFile);
  }
}

/** Renames a log that is too large to `.1`, and keeps one such file. @returns the size of the log now, in bytes */
function trimLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_FILE_BYTES) return size;
  renameSync(path, `${path}.1`);
  return 0;
}

/** PostgreSQL writes its state into the eighth line of its lock file. */
async function untilReady(child: ChildProcess, options: SuperviseOptions, logSize: number): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  child.once('exit', () => (failure ??= new Error(lastWords(options.logFile, logSize))));
  for (const began = Date.now(); ; await sleep(10)) {
    const lines = await readLockFile(options.cluster);
    if (failure) throw doesNotStart(failure.message, options.logFile);
    if (options.stop?.aborted === true) {
      await shutDown(child);
      throw options.stop.reason;
    }
    if (Number(lines?.[0]) === child.pid && lines?.[7]?.trim() === 'ready') return;
    if (Date.now() - began > READY_PATIENCE_MS) {
      await shutDown(child);
      throw doesNotStart('it was not ready within ten minutes', options.logFile);
    }
  }
}

function doesNotStart(reason: string, logFile: string): EmbeddedPostgresFailure {
  return new EmbeddedPostgresFailure(`The embedded PostgreSQL does not start (${reason}). See ${logFile}.`);
}

function isHeldForAMoment(error: unknown): boolean {
  return (
    error instanceof EmbeddedPostgresFailure &&
    /lock file|pre-existing shared memory block/.test(error.message)
  );
}

/** The line in which PostgreSQL gave the reason for its end, without its time and process id. */
function lastWords(path: string, from: number): string {
  const buffer = Buffer.alloc(16_384);
  const file = openSync(path, 'r');
  try {
    const text = buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, from));
    return /(?:FATAL|PANIC):\s*(.*)/.exec(text)?.[1] ?? text.trim().split('\n').at(-1) ?? '';
  } finally {
    closeSync(file);
  }
}

/**
 * Fast shutdown: rolls back transactions in progress and writes everything, so that the next start needs no recovery.
 */
async function shutDown(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const hurry = setTimeout(() => child.kill('SIGQUIT'), FAST_SHUTDOWN_MS);
  await ended;
  clearTimeout(hurry);
}
