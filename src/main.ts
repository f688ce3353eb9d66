/** The command line: the only file that reads argv or ends the process. `homeward --help` lists the commands. */
// First, so that signals are caught before the rest is loaded.
import { endProcess, stopping } from './platform/stopping';
import { run } from './interfaces/cli/commands';
import { exitOf } from './interfaces/cli/exit-of';

/** How long an interrupted command may take to end what it has started. */
const GRACE_MILLIS = 15_000;

async function main(): Promise<number> {
  const { signal, exitCode } = stopping;
  if (signal.aborted && process.argv[2] !== 'serve') return exitCode();
  const command = run(process.argv.slice(2), process.env, signal).catch((error: unknown) => {
    // Interrupted work fails, and this is not a fault.
    if (signal.aborted) return exitCode();
    const { sentence, code } = exitOf(error, process.env.DATABASE_URL);
    process.stderr.write(sentence);
    return code;
  });
  if (process.argv[2] === 'serve') return command;
  const interrupted = new Promise<number>((resolve) => {
    signal.addEventListener('abort', () => setTimeout(() => resolve(exitCode()), GRACE_MILLIS).unref());
  });
  const code = await Promise.race([command, interrupted]);
  return signal.aborted ? exitCode() : code;
}

void main().then(async (code) => {
  process.exitCode = code;
  // Work that still waits for a database or a network must not keep the process running.
  if (stopping.signal.aborted) await endProcess(code);
});
