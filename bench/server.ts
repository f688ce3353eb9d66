/**
 * The server under test, in a process of its own: the real app, listening on a free port, on the database that it is
 * told of. `server.ts JSON` (the options of start-server.ts); prints one line when it is ready, and stops on SIGTERM.
 */
import type { PoolConfig } from 'pg';
import { createApp } from '../src/app';
import { readConfig } from '../src/config';
import { createLogger } from '../src/platform/logger';

/** What the parent tells the child. */
export interface ServerArguments {
  dataDir: string;
  connection: PoolConfig;
  /** False: searches leave no record in the audit trail. */
  audited?: boolean;
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

async function main({ dataDir, connection, audited = true }: ServerArguments): Promise<void> {
  const read = readConfig({ PORT: '0', DATA_DIR: dataDir });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const app = await createApp({ config: read.config, log: createLogger('info'), connection, audited });
  const { url } = await app.listen();
  const token = app.sandbox?.token({
    scope: 'system/Bundle.crs system/*.rs system/AuditEvent.rs',
    ods: 'RR8',
    ttlSeconds: 24 * 3600,
    sub: 'benchmark',
  });
  if (token === undefined) throw new Error('the benchmark runs in the sandbox only');
  const ready: ServerReady = { url, token };
  process.stdout.write(`${READY}${JSON.stringify(ready)}\n`);
  process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
}

if (require.main === module) {
  main(JSON.parse(process.argv[2] ?? '{}') as ServerArguments).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
