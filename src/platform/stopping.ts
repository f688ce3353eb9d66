/**
 * Handles signals that end the process. They are caught as soon as Node.js has loaded, so that everything started by
 * then (PostgreSQL, initdb, a migration) is ended too. SIGHUP means that a terminal was closed; it is not used for log
 * rotation, which is done by the supervisor that receives standard output and error.
 */
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Stopping {
  /** Aborted by the first signal. */
  signal: AbortSignal;
  /** The exit code that a shell expects of a command that the signal ended: 130, 143. */
  exitCode(): number;
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

function stopOnSignals(): Stopping {
  const controller = new AbortController();
  let exitCode = 0;
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) return;
      exitCode = 128 + constants.signals[name];
      controller.abort(new Stopped(name));
    });
  }
  // A closed terminal accepts no more output. That must not end the process before the rest has ended.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return { signal: controller.signal, exitCode: () => exitCode };
}

/** Signals are caught as soon as this file is loaded: `main.ts` loads it first. */
export const stopping = stopOnSignals();

/** How long calls of the file system that are in progress may take to end. */
const LAST_CALLS_MILLIS = 1_000;
const LOOKED_EVERY_MILLIS = 20;

/**
 * Ends the process. At its exit Node.js waits for calls of the file system, and on a network share one may hang for ever:
 * then the process ends as by a SIGTERM that nobody caught.
 */
export async function endProcess(code: number): Promise<void> {
  const until = performance.now() + LAST_CALLS_MILLIS;
  while (hasOpenCalls() && performance.now() < until) await sleep(LOOKED_EVERY_MILLIS);
  if (hasOpenCalls()) {
    process.removeAllListeners('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
  }
  process.exit(code);
}

const hasOpenCalls = (): boolean =>
  process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'));

/** Thrown by work that is interrupted. */
export class Stopped extends Error {
  constructor(readonly signalName: string) {
    super(`stopped by ${signalName}`);
    this.name = 'Stopped';
  }
}
