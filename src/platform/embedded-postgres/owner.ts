/**
 * Who owns a running PostgreSQL: the Homeward process that started it. The mark `<pid>@<place>` stands on PostgreSQL's
 * command line, so it can't outlive it or be forgotten, and a process is the owner only as long as it is the parent.
 * The place tells containers apart that share a folder: process ids mean nothing from one to the other, so there a
 * file that the owner touches every two seconds tells whether it lives.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MS = 2_000;
/** How long a beat may stay away before its owner counts as dead: a busy machine is late at times. */
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

/** The owner that a command line of PostgreSQL names. */
export function ownerIn(command: string): { pid: number; elsewhere: boolean } | undefined {
  const [, pid, place] = /homeward\.owner=(\d+)@([^\s"]+)/.exec(command) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), elsewhere: place !== thisPlace() };
}

/** The owner that PostgreSQL wrote down at the last start of this cluster. */
export function lastOwner(cluster: string): ReturnType<typeof ownerIn> {
  try {
    return ownerIn(readFileSync(join(cluster, 'postmaster.opts'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Touches the file as long as this process lives. @returns what ends it */
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

/** Watches for the beat of an owner whose process can't be seen from here. */
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

/** PostgreSQL's own lock file, line by line; undefined where there is none. */
export async function readLockFile(cluster: string): Promise<string[] | undefined> {
  return readFile(lockFileOf(cluster), 'utf8').then(
    (text) => text.split('\n'),
    () => undefined,
  );
}

export function lockFileOf(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}
