/**
 * The set-up of `deploy/patroni` on loopback: three PostgreSQL servers under Patroni, etcd, and HAProxy in front. A test
 * kills and stops what one of them runs.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '../support/sources';
import { childrenOf, send } from './server-process';

const SCRIPT = join(root, 'deploy', 'patroni', 'loopback.sh');
const PROGRAMS = ['patroni', 'etcd', 'haproxy'];
const run = promisify(execFile);

/** What this machine lacks to run the set-up; empty where it has everything. */
export function missingForPatroni(): string[] {
  const folders = ['/usr/bin', '/usr/sbin', '/usr/local/bin'];
  const missing = PROGRAMS.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  return existsSync('/usr/lib/postgresql') ? missing : [...missing, 'postgresql'];
}

export interface Member {
  name: string;
  role: string;
  state: string;
  timeline?: number;
}

export interface PatroniCluster {
  /** The address of the leader, for this role of PostgreSQL. */
  urlFor(user: string, password: string): string;
  superuserPassword: string;
  /** The members, as the leader or another one knows them. */
  members(): Promise<Member[]>;
  /** Waits for a leader, two standbys that follow it, and one of them in every commit. */
  whole(): Promise<{ leader: string; synchronous: string }>;
  /** The process ids of a member's Patroni and PostgreSQL, as far as they run. */
  pidsOf(name: string): number[];
  startNode(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startPatroniCluster(): Promise<PatroniCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-patroni-'));
  const base = freeRange();
  const env = { ...process.env, BASE_PORT: String(base) };
  const script = (command: string, ...more: string[]) => run(SCRIPT, [command, folder, ...more], { env });
  await script('start').catch(async (error: unknown) => {
    await script('stop');
    throw error;
  });
  const settings = readFileSync(join(folder, 'db1.env'), 'utf8');

  const members = async (): Promise<Member[]> => {
    for (const number of [1, 2, 3]) {
      const answer = await fetch(`http://127.0.0.1:${base + 20 + number}/cluster`, {
        signal: AbortSignal.timeout(2_000),
      }).catch(() => undefined);
      if (answer?.ok) return ((await answer.json()) as { members: Member[] }).members;
    }
    return [];
  };

  return {
    urlFor: (user, password) => `postgres://${user}:${password}@127.0.0.1:${base + 40}/homeward`,
    superuserPassword: /^PATRONI_SUPERUSER_PASSWORD=(.*)$/m.exec(settings)![1]!,
    members,
    whole: async () => {
      for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(200)) {
        const all = await members();
        const leader = all.find(({ role }) => role === 'leader');
        const synchronous = all.find(({ role }) => role === 'sync_standby');
        const follow = all.filter(
          ({ state, timeline }) => ['running', 'streaming'].includes(state) && timeline === leader?.timeline,
        );
        if (leader && synchronous && follow.length === 3)
          return { leader: leader.name, synchronous: synchronous.name };
      }
      throw new Error(`the cluster is not whole: ${JSON.stringify(await members())}`);
    },
    pidsOf: (name) => {
      const patroni = numberIn(join(folder, 'run', `${name}.pid`));
      const postmaster = numberIn(join(folder, 'data', name, 'postmaster.pid'));
      return [...patroni, ...postmaster, ...postmaster.flatMap(childrenOf)];
    },
    startNode: async (name) => void (await script('start-node', name.replace('db', ''))),
    stop: async () => {
      await script('stop');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The number on the first line of a file, if there is one. */
function numberIn(path: string): number[] {
  try {
    const number = Number(readFileSync(path, 'utf8').split('\n')[0]);
    return number > 0 ? [number] : [];
  } catch {
    return [];
  }
}

export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) send(pid, name);
}

/** The first of fifty ports that nobody uses, below those that the system gives out. */
function freeRange(): number {
  const taken = readFileSync('/proc/net/tcp', 'utf8');
  const isFree = (port: number): boolean =>
    !taken.includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} `);
  for (let base = 17_000; base < 30_000; base += 100)
    if (Array.from({ length: 50 }, (_, offset) => base + offset).every(isFree)) return base;
  throw new Error('no fifty ports in a row are free');
}
