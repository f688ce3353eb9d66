/**
 * The official MESH sandbox of NHS England (PyPI `mesh-sandbox`) and its Python client (`mesh-client`), installed once
 * into a folder of their own and started on loopback. Where Python or the packages cannot be had, `found` says why, and
 * the tests that need them are skipped.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../faults/server-process';

const PACKAGES = ['mesh-sandbox==1.0.137', 'mesh-client==5.0.2'];
/** `MESH_SANDBOX_FOLDER` names a folder that outlives the machine's temporary one, such as a cache of the CI. */
const FOLDER = process.env.MESH_SANDBOX_FOLDER ?? join(tmpdir(), 'homeward-mesh-sandbox');

export type Python = { ok: true; python: string } | { ok: false; why: string };

/**
 * The sandbox makes its store with the first request. Two first requests at one time can make two stores, of which one
 * is forgotten with the message that was sent to it. So the store is made before the sandbox listens.
 */
const SERVE = `
import sys, uvicorn
from mesh_sandbox.api import app
from mesh_sandbox.dependencies import get_fernet, get_messaging
get_fernet()
get_messaging()
uvicorn.run(app, port=int(sys.argv[1]), log_level="critical")
`;

let installed: Python | undefined;

/** Installs what is missing, at the first call of a process. Test files decide by it which tests they have. */
export function findPython(): Python {
  return (installed ??= install());
}

function install(): Python {
  const home = join(FOLDER, PACKAGES.join('+'));
  const python = join(home, 'bin', 'python');
  if (existsSync(python)) return { ok: true, python };
  const unfinished = mkdtempSync(join(tmpdir(), 'homeward-mesh-sandbox-'));
  try {
    run('python3', ['-m', 'venv', unfinished]);
    run(join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
    execFileSync('mkdir', ['-p', FOLDER]);
    renameSync(unfinished, home);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another test file may have finished first.
    if (!existsSync(python)) return { ok: false, why: reasonOf(error) };
  }
  return { ok: true, python };
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 });
}

function reasonOf(error: unknown): string {
  const { code, stderr } = error as { code?: string; stderr?: Buffer };
  if (code === 'ENOENT') return 'python3 is not installed';
  return `python3 cannot install ${PACKAGES.join(' and ')}: ${String(stderr ?? code)
    .trim()
    .split('\n')
    .at(-1)}`;
}

/** `describe`, or what skips the tests and says why in their name. */
export function describeWithSandbox(name: string, tests: (python: string) => void): void {
  const found = findPython();
  if (found.ok) describe(name, () => tests(found.python));
  else describe.skip(`${name} (skipped: ${found.why})`, () => tests(''));
}

export const SHARED_KEY = 'TestKey';
export const PASSWORD = 'password';

export interface MeshSandbox {
  url: string;
  /** Starts it on the same port and the same stored messages, and waits until it answers. */
  start(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Makes a REPORT, as MESH does for a message that it cannot deliver. */
  report(about: { mailbox: string; messageId: string; workflow: string }): Promise<void>;
  /** Ends it, and removes its files. */
  remove(): Promise<void>;
}

export async function meshSandbox(python: string): Promise<MeshSandbox> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const store = mkdtempSync(join(tmpdir(), 'homeward-mesh-store-'));
  let child: ChildProcess | undefined;
  const kill = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  };
  return {
    url,
    start: async () => {
      const started = spawn(python, ['-c', SERVE, String(port)], {
        stdio: 'ignore',
        env: { PATH: process.env.PATH, SHARED_KEY, STORE_MODE: 'file', MAILBOXES_DATA_DIR: store },
      });
      child = started;
      while (!(await answers(url))) {
        if (started.exitCode !== null) throw new Error('the MESH sandbox does not start');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    kill,
    report: async ({ mailbox, messageId, workflow }) => {
      const answer = await fetch(`${url}/messageexchange/admin/report`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          mailbox_id: mailbox,
          code: '14',
          description: 'Message not collected by recipient after 5 days',
          workflow_id: workflow,
          linked_message_id: messageId,
          status: 'error',
        }),
      });
      if (!answer.ok) throw new Error(`the MESH sandbox made no REPORT: ${answer.status}`);
    },
    remove: async () => {
      await kill('SIGKILL');
      rmSync(store, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const health = await fetch(`${url}/health`).catch(() => undefined);
  await health?.arrayBuffer();
  return health?.ok === true;
}
