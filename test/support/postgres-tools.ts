/**
 * PostgreSQL's own programs (`initdb`, `pg_dump` …) where this machine has them, as commands in a folder: for tests of
 * what operators do with them. They do not run as root, so root runs them as `nobody`.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NEEDED = [
  'createdb',
  'initdb',
  'pg_basebackup',
  'pg_ctl',
  'pg_dump',
  'pg_resetwal',
  'pg_restore',
  'psql',
  'postgres',
];
const NOBODY = { uid: 65534, gid: 65534 };

/** The folder that has all of them, the newest first; undefined where none has. */
export function postgresTools(): string | undefined {
  const configured = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  const packaged = folders('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`);
  const candidates = [configured.status === 0 ? configured.stdout.trim() : '', ...packaged.reverse()];
  return candidates.find((folder) => folder !== '' && NEEDED.every((tool) => isProgram(join(folder, tool))));
}

/**
 * Writes a command for each program into a folder. A cluster that `initdb` makes listens on a socket in its own folder,
 * and nowhere else.
 */
export function writeToolCommands(tools: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const account = process.getuid?.() === 0 ? NOBODY : {};
  for (const tool of NEEDED) {
    // What pg_ctl starts keeps its output open, and whoever reads that would wait for the server's end.
    const output = tool === 'pg_ctl' ? 'ignore' : 'inherit';
    const options = JSON.stringify({ ...account, stdio: ['inherit', output, output] });
    const program = JSON.stringify(join(tools, tool));
    const path = join(folder, tool);
    writeFileSync(
      path,
      `#!${process.execPath}
const { spawnSync } = require('node:child_process');
const args = process.argv.slice(2);
const { status } = spawnSync(${program}, args, ${options});
if (status === 0 && ${tool === 'initdb'}) {
  const data = args[args.indexOf('-D') + 1];
  require('node:fs').appendFileSync(data + '/postgresql.conf',
    "listen_addresses = ''\\nunix_socket_directories = '" + data + "'\\nfsync = off\\n");
}
process.exit(status ?? 70);
`,
    );
    chmodSync(path, 0o755);
  }
}

function folders(path: string): string[] {
  try {
    return readdirSync(path).sort((a, b) => Number(a) - Number(b));
  } catch {
    return [];
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
