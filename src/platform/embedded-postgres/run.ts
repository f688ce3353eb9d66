/**
 * Runs one of PostgreSQL's programs to its end, under the chosen account and with a clean environment: the caller's PG*
 * variables (PGPORT, PGDATA, PGOPTIONS …) would otherwise change what it does.
 */
import { spawn } from 'node:child_process';
import type { Account } from './account';

/** No PG* variable, no locale of the operator's: the same everywhere. */
export const CLEAN_ENVIRONMENT = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };

export interface Run {
  file: string;
  args: readonly string[];
  account: Account | undefined;
  cwd?: string;
  input?: string;
  /** Ends the program; `run` still waits until it and its child processes have ended. */
  stop?: AbortSignal | undefined;
}

export interface Finished {
  /** The exit code; undefined when the program could not be run, or was killed. */
  exitCode: number | undefined;
  /** Standard output and standard error, as they came. */
  output: string;
}

export function run({ file, args, account, cwd, input, stop }: Run): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: CLEAN_ENVIRONMENT,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...account,
    });
    const end = (): void => void child.kill('SIGTERM');
    if (stop?.aborted === true) end();
    stop?.addEventListener('abort', end, { once: true });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.stdin.on('error', () => undefined); // a program that ends before it has read its input says why itself
    child.once('error', (error) => resolve({ exitCode: undefined, output: error.message }));
    child.once('close', (code) => {
      stop?.removeEventListener('abort', end);
      resolve({ exitCode: code ?? undefined, output });
    });
    child.stdin.end(input ?? '');
  });
}
