/**
 * Signals that end the process: caught from the moment that Node.js has loaded, so that whatever has been started by
 * then (PostgreSQL, initdb, a migration) is ended too. SIGHUP comes when a terminal closes: log rotation is the work of
 * the supervisor that takes standard output and error.
 */
import { constants } from 'node:os';

export interface Stopping {
  /** Aborted by the first signal. */
  signal: AbortSignal;
  /** What a shell expects of a command that the signal has ended: 130, 143. */
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
  // A terminal that has closed takes no more words: that must not end the process before the rest has ended.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return { signal: controller.signal, exitCode: () => exitCode };
}

/** Signals are caught as soon as this file is loaded: `main.ts` loads it first. */
export const stopping = stopOnSignals();

/** Thrown by whatever is broken off. */
export class Stopped extends Error {
  constructor(readonly signalName: string) {
    super(`stopped by ${signalName}`);
    this.name = 'Stopped';
  }
}
