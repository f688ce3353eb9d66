/** The database, its connections, and the folder of the data. @see docs/configuration.md */
import { resolve } from 'node:path';
import { readDatabaseAddress } from '../platform/database-address';
import { checked, choice, list, mapped, text, whole } from './variable';

export const database = {
  databaseUrl: checked(
    text('DATABASE_URL', {
      shown: 'an embedded PostgreSQL',
      meaning:
        'A PostgreSQL 14 or later, such as `postgres://homeward:secret@db/homeward`. Separate several servers with commas (`postgres://db1,db2:5433/homeward`): Homeward uses the first that accepts writes.',
    }),
    'a URL: `postgres://` or `postgresql://`',
    (given) => {
      const read = given === undefined ? undefined : readDatabaseAddress(given);
      return read?.ok === false ? read.fault : undefined;
    },
  ),
  databaseReplicaUrl: checked(
    text('DATABASE_REPLICA_URL', {
      meaning:
        'A streaming standby of the same PostgreSQL, which answers reads and searches while it has everything that the primary has. Several are named as in `DATABASE_URL`. `DATABASE_MAX_CONNECTIONS` counts for it too. See [running](operating.md#a-read-replica).',
    }),
    'a URL: `postgres://` or `postgresql://`',
    (given) => {
      const read = given === undefined ? undefined : readDatabaseAddress(given, 'DATABASE_REPLICA_URL');
      return read?.ok === false ? read.fault : undefined;
    },
  ),
  requireSynchronous: choice('REQUIRE_SYNCHRONOUS', ['true', 'false'], {
    unlessSet: 'false',
    meaning:
      'With `true`, submissions get 503 while PostgreSQL has no synchronous standby, which writes each commit to its disk before the server answers. Reads continue.',
  }),
  dataDir: mapped(
    text('DATA_DIR', {
      unlessSet: '.homeward',
      meaning: 'The folder for the embedded PostgreSQL and the sandbox’s signing key.',
    }),
    (given) => resolve(given),
  ),
  documentStore: mapped(
    list('DOCUMENT_STORE', {
      shown: '`database`',
      isRight: isPlace,
      must: '`database`, a folder, or an object store such as s3://homeward-documents/live',
      meaning:
        'Where the bytes of documents are: `database`, a folder that all nodes share, or `s3://BUCKET/PREFIX` (its address and credentials are in the standard variables of AWS). New documents go to the first place. Name the others too while documents are there. See [documents](documents.md).',
    }),
    (given) => (given.length === 0 ? ['database'] : given),
  ),
  auditMonthsStore: list('AUDIT_MONTHS_STORE', {
    isRight: (item) => item !== 'database' && isPlace(item),
    must: 'a folder, or an object store such as s3://homeward-audit/live',
    meaning:
      'Where `homeward audit-months` puts closed months of the audit trail: a folder that all nodes share, or `s3://BUCKET/PREFIX`. If several are named, it writes to the first and reads from all. See [audit months](audit-months.md).',
  }),
  maxConnections: whole('DATABASE_MAX_CONNECTIONS', {
    unlessSet: 20,
    from: 2,
    to: 500,
    meaning:
      'The most connections that this node keeps to PostgreSQL, divided among its processes (`WORKERS`). One of each process is reserved for the audit trail. One caller uses two thirds of the others at most.',
  }),
  connectionTimeoutMillis: whole('DATABASE_CONNECTION_TIMEOUT_MS', {
    unlessSet: 5_000,
    from: 10,
    to: 600_000,
    meaning: 'How long a request waits for a free connection before it gets 503.',
  }),
  statementTimeoutMillis: whole('STATEMENT_TIMEOUT_MS', {
    unlessSet: 15_000,
    from: 100,
    to: 600_000,
    meaning: 'The longest time that one statement may run.',
  }),
};

/** A folder's path, `database`, or the address of an object store. */
function isPlace(item: string): boolean {
  if (!/^[a-z0-9+]+:/i.test(item)) return true;
  return /^s3:\/\/[a-z0-9][a-z0-9.-]+(\/[A-Za-z0-9!_.*'()/-]*)?$/.test(item);
}
