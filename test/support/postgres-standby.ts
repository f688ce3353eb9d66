/**
 * A primary with a streaming standby for one test file, both from the embedded PostgreSQL. That has no `pg_basebackup`,
 * so the copy is made as PostgreSQL describes for a backup by its API.
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type PoolConfig } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/embedded-postgres';
import { chooseAccount, type Account } from '../../src/platform/embedded-postgres/account';
import { findBinaries } from '../../src/platform/embedded-postgres/binaries';
import { nameForPostgres } from '../../src/platform/embedded-postgres/cluster';
import { CLEAN_ENVIRONMENT } from '../../src/platform/embedded-postgres/run';
import { SETTINGS as OF_PRIMARY } from '../../src/platform/embedded-postgres/settings';
import { makeSocketFolder, removeSocketFolder } from '../../src/platform/embedded-postgres/socket-folder';

export interface Pair {
  /** As the server connects. */
  primary: PoolConfig;
  standby: PoolConfig;
  /** Runs one statement as an administrator. */
  onPrimary<R>(text: string): Promise<R[]>;
  onStandby<R>(text: string): Promise<R[]>;
  /** Stops replaying the log, or goes on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the standby at once, as a crash would. */
  killStandby(): Promise<void>;
  stop(): Promise<void>;
}

const ROLE = 'ward';
const SETTINGS = { max_wal_senders: '4', fsync: 'off', shared_buffers: '64MB' };

export async function startPair(): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-pair-'));
  const primary = await startEmbeddedPostgres({
    dataDir: join(folder, 'primary'),
    log: () => undefined,
    settings: SETTINGS,
  });
  // The server is an ordinary role: it owns its database, and may see nothing of the replication.
  await ask(primary.connection, `CREATE ROLE ${ROLE} LOGIN`);
  await ask(primary.connection, `CREATE DATABASE ${ROLE} OWNER ${ROLE} TEMPLATE template0`);
  const standby = await startStandby(primary, folder).catch(async (error: unknown) => {
    await primary.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const ofServer = { user: ROLE, database: ROLE };
  return {
    primary: { ...primary.connection, ...ofServer },
    standby: { ...standby.connection, ...ofServer },
    onPrimary: (text) => ask(primary.connection, text),
    onStandby: (text) => ask(standby.connection, text),
    async pause() {
      await ask(standby.connection, 'SELECT pg_wal_replay_pause()');
      await until(async () => {
        const [row] = await ask<{ state: string }>(
          standby.connection,
          'SELECT pg_get_wal_replay_pause_state() AS state',
        );
        return row?.state === 'paused';
      });
    },
    resume: async () => void (await ask(standby.connection, 'SELECT pg_wal_replay_resume()')),
    killStandby: () => end(standby.child, 'SIGQUIT'),
    async stop() {
      await end(standby.child, 'SIGQUIT');
      await removeSocketFolder(standby.socketFolder);
      await primary.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The address of a server, for `DATABASE_URL`. */
export function addressOf({ host, user, database, port }: PoolConfig): string {
  return `postgresql://${user}:none@server/${database as string}?host=${encodeURIComponent(host!)}&port=${port}`;
}

/** Waits for a condition. The time limit is that of the test. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}

interface Standby {
  connection: PoolConfig;
  socketFolder: string;
  child: ChildProcess;
}

async function startStandby(primary: EmbeddedPostgres, folder: string): Promise<Standby> {
  const data = join(folder, 'standby');
  const source = join(folder, 'primary', 'postgres');
  const account = chooseAccount(source);
  await copyOf(primary.connection, source, data);
  const { host, user } = primary.connection;
  writeFileSync(join(data, 'standby.signal'), '');
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=${host} port=5432 user=${user}'\nwal_retrieve_retry_interval = '100ms'\n`,
  );
  if (account) spawnSync('chown', ['-R', `${account.uid}:${account.gid}`, data]);
  const socketFolder = await makeSocketFolder(account, folder);
  const child = await launch(data, socketFolder, account, folder);
  const connection = { ...primary.connection, host: socketFolder };
  await until(async () => {
    if (child.exitCode !== null)
      throw new Error(`no standby: ${readFileSync(join(folder, 'standby.log'), 'utf8')}`);
    return ask(connection, 'SELECT 1').then(
      () => true,
      () => false,
    );
  });
  return { connection, socketFolder, child };
}

/** Copies the files of a running cluster, without its log, which the standby gets from the primary. */
async function copyOf(connection: PoolConfig, source: string, target: string): Promise<void> {
  const client = new Client(connection);
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('standby', true)");
    const left = ['pg_wal', 'postmaster.pid', 'postmaster.opts', 'pg_replslot'].map((name) =>
      join(source, name),
    );
    cpSync(source, target, { recursive: true, filter: (path) => !left.includes(path) });
    for (const name of ['pg_wal', 'pg_replslot']) mkdirSync(join(target, name), { mode: 0o700 });
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    writeFileSync(join(target, 'backup_label'), rows[0]!.labelfile);
  } finally {
    await client.end();
  }
}

async function launch(
  data: string,
  socketFolder: string,
  account: Account | undefined,
  folder: string,
): Promise<ChildProcess> {
  const { postgres } = await findBinaries(join(folder, 'primary'), account);
  const settings = {
    ...OF_PRIMARY,
    ...SETTINGS,
    hot_standby: 'on',
    unix_socket_directories: socketFolder,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(join(folder, 'standby.log'), 'a');
  try {
    return spawn(postgres, ['-D', nameForPostgres(data, account), ...options], {
      cwd: data,
      env: CLEAN_ENVIRONMENT,
      stdio: ['ignore', log, log],
      ...account,
    });
  } finally {
    closeSync(log);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

async function ask<R>(connection: PoolConfig, text: string): Promise<R[]> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows as R[];
  } finally {
    await client.end();
  }
}
