/**
 * Runs one exported function of a TypeScript file in a Node.js of its own, so that a test can kill it, or let two
 * compete. The function's result and what it logs come back as lines.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface NodeProcess {
  pid: number;
  /** Everything printed so far, standard error too. */
  output(): string;
  /** Resolves with the first match in what is printed. @throws when the process ends without one */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal, and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

const RUNNER = join(__dirname, 'run-exported.js');

/** A `null` among the arguments becomes a function that logs. @param as the account to run under, if another */
export function startNode(
  file: string,
  exported: string,
  args: readonly unknown[],
  as: { uid?: number; gid?: number } = {},
): NodeProcess {
  const child = spawn(process.execPath, [RUNNER, file, exported, JSON.stringify(args)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...as,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const ended = once(child, 'close');
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  return {
    pid: child.pid ?? 0,
    output: () => output,
    async prints(pattern) {
      for (;;) {
        const match = pattern.exec(output);
        if (match) return match;
        if (hasEnded) throw new Error(`the process ended without printing ${String(pattern)}: ${output}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}
