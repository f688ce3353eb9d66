/**
 * The server under test, in a process of its own: the real app, listening on a free port, on the database that it is
 * told of. `server.ts JSON` (the options of start-server.ts); prints one line when it is ready, and stops on SIGTERM.
 */
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { createApp, type App } from '../src/app';
import { readConfig } from '../src/config';
import { createLogger } from '../src/platform/logger';
import { openWorkers, type Workers } from '../src/platform/processes/workers';

/** What the parent tells the child. */
export interface ServerArguments {
  dataDir: string;
  connection: PoolConfig;
  /** False: searches leave no record in the audit trail. */
  audited?: boolean;
  /** Processes that share the listener, this one included; 1 unless given. */
  workers?: number;
}

/** What the child answers when it serves. */
export interface ServerReady {
  url: string;
  /** May do everything, and lives as long as any run. */
  token: string;
}

const READY = 'ready ';

/** The answer in a line that the child printed; undefined for any other line. */
export function readyFrom(line: string): ServerReady | undefined {
  return line.startsWith(READY) ? (JSON.parse(line.slice(READY.length)) as ServerReady) : undefined;
}

async function main({ connection, audited = true, workers: count = 1 }: ServerArguments): Promise<void> {
  // The environment is start-server's alone; workers read it too.
  const read = readConfig(process.env);
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const log = createLogger('info');
  const workers = count > 1 ? openWorkers({ count: count - 1, file: WORKER, log }) : undefined;
  const processes = { count, ...(workers && { workers }) };
  const app = await createApp({ config: read.config, log, connection, audited, processes });
  const { url } = await app.listen();
  if (workers) await allServe(workers, count - 1);
  const ready: ServerReady = { url, token: tokenOf(app) };
  process.stdout.write(`${READY}${JSON.stringify(ready)}\n`);
  process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
}

/** A token that may do everything, and lives as long as any run. */
export function tokenOf({ sandbox }: App): string {
  if (sandbox === undefined) throw new Error('the benchmark runs in the sandbox only');
  return sandbox.token({
    scope: 'system/Bundle.crs system/*.rs system/AuditEvent.rs',
    ods: 'RR8',
    ttlSeconds: 24 * 3600,
    sub: 'benchmark',
  });
}

const WORKER = join(__dirname, '..', 'src', 'worker.ts');

/** Until every worker serves, so that what is measured is the whole node. */
async function allServe(workers: Workers, count: number): Promise<void> {
  while ((await workers.askAll('dump')).length < count)
    await new Promise((resolve) => setTimeout(resolve, 100));
}

if (require.main === module) {
  main(JSON.parse(process.argv[2] ?? '{}') as ServerArguments).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
