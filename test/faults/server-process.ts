/**
 * A Homeward server in a process of its own, on a data directory and a port that outlive it: to be killed, and started
 * again, with its own PostgreSQL, whose database is there already. The tests of a first start (test/operations/log and
 * stopping) start theirs by themselves.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { openSandbox, type Sandbox } from '../../src/engines/access/sandbox';
import { CLUSTER_SETTING } from '../../src/platform/embedded-postgres/clear-the-way';
import { DATABASE, DATABASE_USER } from '../../src/platform/embedded-postgres/cluster';
import { seeProcess } from '../../src/platform/embedded-postgres/process-seen';
import { putReadyCluster } from '../support/ready-cluster';
import { needsAnIssuer, testIssuer } from '../support/test-issuer';

export interface ServerProcess {
  url: string;
  /** The process id of the last one that was started. */
  pid(): number;
  sandbox: Sandbox;
  /** Starts it, and waits until it serves. @returns after how many milliseconds */
  start(): Promise<number>;
  /** Sends the signal, and waits for the end. @returns the exit code */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The postmaster and its children, as far as they run. */
  postgresPids(): number[];
  /** To look into its database. */
  connection(): PoolConfig;
  output(): string;
  /** Ends all that is left, and removes the files. */
  remove(): Promise<void>;
}

/** A server that still starts answers for itself: its paths are those of the server that has started. */
async function serves(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/openapi.json`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.ok === true;
}

const ROOT = join(__dirname, '..', '..');

/** @param root the folder of the version that it runs */
export async function serverProcess(
  env: Record<string, string> = {},
  dataDir = mkdtempSync(join(tmpdir(), 'homeward-faults-')),
  node = process.execPath,
  root = ROOT,
): Promise<ServerProcess> {
  const port = env.PORT === undefined ? await freePort() : Number(env.PORT);
  const issuer = needsAnIssuer(env) ? await testIssuer(dataDir) : undefined;
  const sandbox = await openSandbox(dataDir);
  // Another version makes its own database.
  const isOurs = env.DATABASE_URL === undefined && node === process.execPath && root === ROOT;
  const place = realpathSync(dataDir);
  let child: ChildProcess | undefined;
  let output = '';

  const lockFile = (): string[] => {
    try {
      return readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
    } catch {
      return [];
    }
  };
  const postgresPids = (): number[] => {
    // The file may be left over, and its number given to another process since.
    const postmaster = Number(lockFile()[0]);
    const seen = postmaster ? seeProcess(postmaster) : undefined;
    const mark = `${CLUSTER_SETTING}=${place}`;
    return seen?.defunct === false && seen.command.includes(mark)
      ? [postmaster, ...childrenOf(postmaster)]
      : [];
  };

  async function start(): Promise<number> {
    if (isOurs && !existsSync(join(dataDir, 'postgres'))) await putReadyCluster(dataDir);
    const began = Date.now();
    const started = spawn(
      node,
      ['-r', join(root, 'test/support/register-typescript.js'), join(root, 'src/main.ts'), 'serve'],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH,
          PORT: String(port),
          DATA_DIR: dataDir,
          LOG_LEVEL: 'error',
          // Tests of several processes say so. The others start sooner with one.
          WORKERS: '1',
          ...issuer?.env,
          ...env,
        },
      },
    );
    child = started;
    const from = output.length;
    const keep = (chunk: Buffer): void => void (output += chunk.toString('utf8'));
    started.stdout.on('data', keep);
    started.stderr.on('data', keep);
    while (!(await serves(port))) {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`the server does not start: ${output.slice(from)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return Date.now() - began;
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  return {
    url: `http://127.0.0.1:${port}`,
    pid: () => child?.pid ?? 0,
    sandbox,
    start,
    end,
    postgresPids,
    connection: () => ({
      host: lockFile()[4]?.trim() ?? '',
      port: 5432,
      user: DATABASE_USER,
      database: DATABASE,
      password: 'none',
    }),
    output: () => output,
    remove: async () => {
      for (const pid of postgresPids()) send(pid, 'SIGCONT');
      await end('SIGTERM');
      for (const pid of postgresPids()) send(pid, 'SIGKILL');
      while (postgresPids().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Sends a signal to a process that may have ended. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return (
          pid > 0 &&
          readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(parent)
        );
      } catch {
        return false;
      }
    });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
