/**
 * Opens the database of a server or a command: the given one, the configured one, or the embedded one. Migrates it and
 * claims it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolConfig } from 'pg';
import { sandboxKeyFile } from '../engines/access/sandbox';
import type { Config } from '../config';
import { counterBehind } from '../engines/ledger/check-counter';
import { databaseLabel } from '../platform/database-address';
import { startEmbeddedPostgres } from '../platform/embedded-postgres';
import { describeError, type Logger } from '../platform/logger';
import {
  openDatabase,
  together,
  type ConnectionUse,
  type Database,
  type DatabaseOptions,
} from '../platform/postgres';
import { untraced, type Tracing } from '../platform/tracing';
import { sparing } from '../platform/warn-sparingly';
import {
  claimDatabase,
  onlyWhileOurs,
  SANDBOX_ENDS_WITHIN_MILLIS,
  TAKEN_OVER,
  watchSandbox,
  type SandboxWatch,
} from '../engines/store/database-mode';
import { migrate } from '../engines/store/migrate';
import { openAuditMonths, openDocumentStores, placesMissing } from './document-stores';
import type { Documents } from '../engines/store/documents';
import type { MonthFiles } from '../engines/store/month-files';
import { StartFailure } from './start-failure';

export interface Store {
  database: Database;
  /** The bytes of documents. */
  documents: Documents;
  /** The files of exported months of the audit trail. */
  monthFiles: MonthFiles;
  /** One connection for writing the audit trail. It is always open and never waits for other work. */
  trail: Database;
  /** Connections to the standby that answers reads, if one is configured. */
  standby?: { database: Database; label: string };
  /** For the worker processes of this node. */
  connection: PoolConfig;
  label: string;
  /** How the connections of both are used. */
  use: () => ConnectionUse;
  /** The folder of the database's files, if it is on this machine and known. */
  folder?: string;
  /** For a sandbox: whether its database is still a sandbox's. */
  sandbox?: SandboxWatch;
  /** The database; a sandbox stops using it after a secured server has taken it over. */
  whileOurs: (database: Database) => Database;
  close: () => Promise<void>;
}

export interface OpenStoreOptions {
  /** A database that is running already; the embedded or the configured one unless given. */
  connection?: PoolConfig | undefined;
  /** Interrupts the opening, and ends everything that was started for it. */
  stop?: AbortSignal | undefined;
  /** False to leave the tables unchanged. */
  migrates?: boolean;
  /** Takes a sentence while the migration is held up, and undefined when it goes on. It is in the log too. */
  onWait?: ((sentence: string | undefined) => void) | undefined;
  tracing?: Tracing | undefined;
  /** Whether to mark the database as that of a sandbox or a secured server, and to check the mark. */
  claims?: boolean | 'claimed already';
}

/** @throws StartFailure, EmbeddedPostgresFailure, MigrationFailure, or the driver's error where the database is not available */
export async function openStore(config: Config, log: Logger, options: OpenStoreOptions = {}): Promise<Store> {
  const { connection: given, stop, claims = false, tracing = untraced } = options;
  const isOurs = given === undefined && config.databaseUrl === undefined;
  if (isOurs && !existsSync(join(config.dataDir, 'postgres')))
    log.info({ dataDir: config.dataDir }, 'making the database: this takes some seconds');
  const embedded = isOurs
    ? await startEmbeddedPostgres({
        dataDir: config.dataDir,
        log: (message, fields) => log.debug(fields ?? {}, message),
        stop,
      })
    : undefined;
  const connection = given ?? embedded?.connection ?? { connectionString: config.databaseUrl };
  const lost = sparing((text, error: unknown) => log.warn({ err: describeError(error) }, text));
  const pools: Database[] = [];
  let isClosing = false;
  const open = (
    to: PoolConfig,
    options: Pick<DatabaseOptions, 'maxConnections' | 'onNoRoom' | 'role' | 'connectionTimeoutMillis'>,
  ): Database => {
    const opened = openDatabase(to, {
      ...options,
      statementTimeoutMillis: config.statementTimeoutMillis,
      onError: (error) => {
        // A database that is being stopped ends its connections, which is expected.
        if (!isClosing) lost('a database connection was lost', error);
      },
      tracing,
    });
    pools.push(opened);
    return opened;
  };
  const close = async (): Promise<void> => {
    isClosing = true;
    await Promise.all(pools.map((pool) => pool.close()));
    await embedded?.stop();
  };
  try {
    if (options.migrates ?? true) await migrateWatched(connection, log, options);
    stop?.throwIfAborted();
    const { connectionTimeoutMillis, maxConnections } = config;
    const database = open(connection, { connectionTimeoutMillis, maxConnections: maxConnections - 1 });
    const onNoRoom = (): void => database.makeRoom();
    const trail = open(connection, { connectionTimeoutMillis, maxConnections: 1, onNoRoom });
    const standby = standbyOf(config, open);
    const documents = openDocumentStores(config);
    const missing = await placesMissing(database, documents).catch(() => undefined);
    if (missing !== undefined) throw new StartFailure([missing]);
    const restored = await counterBehind(database);
    if (restored !== undefined) throw new StartFailure([restored]);
    if (claims === true) await claim(database, config, log);
    const sandbox =
      claims !== false && config.mode === 'sandbox'
        ? watchSandbox(database, () => log.error(TAKEN_OVER))
        : undefined;
    const folder = embedded && join(config.dataDir, 'postgres');
    return {
      database,
      documents,
      monthFiles: openAuditMonths(config),
      trail,
      ...(standby ? { standby } : {}),
      connection,
      label: labelOf(config, embedded?.version),
      use: () => together([database, trail].map((pool) => pool.use())),
      ...(folder === undefined ? {} : { folder }),
      ...(sandbox ? { sandbox } : {}),
      whileOurs: (given) =>
        sandbox ? onlyWhileOurs(given, sandbox, () => new StartFailure([TAKEN_OVER])) : given,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Migrates the database. Says what it applies, and what holds it up. */
async function migrateWatched(
  connection: PoolConfig,
  log: Logger,
  { stop, onWait }: OpenStoreOptions,
): Promise<void> {
  const warn = sparing((sentence) => log.warn(sentence));
  await migrate(
    connection,
    (message, fields) => log.info(fields ?? {}, message),
    undefined,
    stop,
    (sentence) => {
      if (sentence !== undefined) warn(sentence);
      onWait?.(sentence);
    },
  );
}

/** The primary answers what the standby does not answer soon, so that a connection is not waited for long. */
const STANDBY_CONNECTS_WITHIN_MILLIS = 1_000;

function standbyOf(
  { databaseReplicaUrl, connectionTimeoutMillis, maxConnections }: Config,
  open: (
    to: PoolConfig,
    options: Pick<DatabaseOptions, 'maxConnections' | 'role' | 'connectionTimeoutMillis'>,
  ) => Database,
): Store['standby'] {
  if (databaseReplicaUrl === undefined) return undefined;
  const database = open(
    { connectionString: databaseReplicaUrl },
    {
      role: 'standby',
      maxConnections: maxConnections - 1,
      connectionTimeoutMillis: Math.min(connectionTimeoutMillis, STANDBY_CONNECTS_WITHIN_MILLIS),
    },
  );
  return { database, label: databaseLabel(databaseReplicaUrl, 'DATABASE_REPLICA_URL') };
}

async function claim(database: Database, config: Config, log: Logger): Promise<void> {
  const claimed = await claimDatabase(database, {
    mode: config.mode,
    acceptsTestData: config.testRangeNhsNumbers === 'accept',
    isKnownSandbox: config.sandbox === 'on' || existsSync(sandboxKeyFile(config.dataDir)),
  });
  if (!claimed.ok) throw new StartFailure([claimed.fault]);
  if (claimed.remark !== undefined) log.warn(claimed.remark);
  if (claimed.takenOver === undefined) return;
  log.warn(
    'the database was a sandbox’s until now: waiting until a sandbox that still serves it has noticed',
  );
  await sleep(SANDBOX_ENDS_WITHIN_MILLIS);
}

function labelOf({ databaseUrl, dataDir }: Config, embeddedVersion: string | undefined): string {
  if (embeddedVersion !== undefined) return `embedded PostgreSQL ${embeddedVersion}, files in ${dataDir}`;
  return `PostgreSQL at ${databaseUrl === undefined ? 'a given address' : databaseLabel(databaseUrl)}`;
}
