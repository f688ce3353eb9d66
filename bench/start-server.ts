/** Starts the server under test as a child process, as often as a benchmark wants, and tells where it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TYPESCRIPT } from './typescript';
import { readyFrom, type ServerArguments, type ServerReady } from './server';

export interface Server extends ServerReady {
  pid: number;
  fhir: string;
  stop(): Promise<void>;
}

/** What `npm start` gives to Node.js, and to the C library. */
export const AS_STARTED = ['--max-semi-space-size=32'];
export const MALLOC = { MALLOC_MMAP_THRESHOLD_: '1048576' };

/** @param profileFolder where V8 leaves a CPU profile when the server stops; none is made unless given */
export async function startServer(options: ServerArguments, profileFolder?: string): Promise<Server> {
  const log = openSync(join(options.dataDir, 'server.log'), 'a');
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const child = spawn(
    process.execPath,
    [...AS_STARTED, ...TYPESCRIPT, ...profiling, join(__dirname, 'server.ts'), JSON.stringify(options)],
    // Nothing else of the environment: neither the settings of a running Homeward nor PG* variables have a say.
    {
      stdio: ['ignore', 'pipe', log],
      env: { PORT: '0', DATA_DIR: options.dataDir, WORKERS: String(options.workers ?? 1), ...MALLOC },
    },
  );
  if (child.stdout === null) throw new Error('the server has no standard output');
  closeSync(log);
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = readyFrom(line);
    if (ready) return { ...ready, pid: child.pid ?? 0, fhir: `${ready.url}/FHIR/R4`, stop };
  }
  throw new Error(`the server did not start; its log is ${join(options.dataDir, 'server.log')}`);
}
