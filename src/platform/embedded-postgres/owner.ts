/**
 * Identifies the owner of a running PostgreSQL: the Homeward process that started it. The mark `<pid>@<place>` is on
 * PostgreSQL's command line, so it exists exactly as long as PostgreSQL. A process is the owner only while it is the
 * parent. The place distinguishes containers that share a folder. Process ids are not valid across containers, so a
 * file that the owner touches every two seconds shows whether it is alive.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MS = 2_000;
/** How long the file may stay untouched before its owner counts as dead: a busy machine can be late. */
const SILENCE_MS = 4 * BEAT_MS;

export function ownerMark(pid: number = process.pid): string {
  return `${pid}@${thisPlace()}`;
}

function thisPlace(): string {
  return `${hostname().replace(/[^\w.-]/g, '_')}/${processNamespace()}`;
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '0';
  }
}

/** The owner that a PostgreSQL command line names. */
export function ownerIn(command: string): { pid: number; elsewhere: boolean } | undefined {
  const [, pid, place] = /homeward\.owner=(\d+)@([^\s"]+)/.exec(command) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), elsewhere: place !== thisPlace() };
}

/** The owner in the file that PostgreSQL wrote at the last start of this cluster. */
export function lastOwner(cluster: string): ReturnType<typeof ownerIn> {
  try {
    return ownerIn(readFileSync(join(cluster, 'postmaster.opts'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Touches the file as long as this process lives. @returns a function that ends it */
export function startHeartbeat(cluster: string): () => void {
  const path = heartbeatOf(cluster);
  const beat = (): void => {
    const now = new Date();
    void utimes(path, now, now)
      .catch(() => writeFile(path, '', { mode: 0o600 }))
      .catch(() => undefined);
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Waits for a touch of the file by an owner whose process cannot be seen from here. */
export async function ownerElsewhereLives(cluster: string): Promise<boolean> {
  const path = heartbeatOf(cluster);
  const before = await lastBeat(path);
  for (let waited = 0; before !== undefined && waited < SILENCE_MS; waited += BEAT_MS / 4) {
    await sleep(BEAT_MS / 4);
    if ((await lastBeat(path)) !== before) return true;
  }
  return false;
}

function heartbeatOf(cluster: string): string {
  return `${cluster}.alive`;
}

async function lastBeat(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

/** PostgreSQL's own lock file, line by line; undefined when it does not exist. */
export async function readLockFile(cluster: string): Promise<string[] | undefined> {
  return readFile(lockFileOf(cluster), 'utf8').then(
    (text) => text.split('\n'),
    () => undefined,
  );
}

export function lockFileOf(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}
