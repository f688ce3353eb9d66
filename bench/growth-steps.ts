/** What an operator does with a store of some size: count, verify the ledger, and read all rows for a dump. */
import { performance } from 'node:perf_hooks';
import type { Pool, PoolConfig } from 'pg';
import { sealedTables } from '../src/app';
import { createVerifier } from '../src/engines/ledger/verify';
import { storedPublicKey } from '../src/engines/ledger/keys';
import { countAllByDay, countAllBySender } from '../src/engines/store/sender-counts';
import { readSecret } from '../src/engines/store/secrets';
import { openDatabase, type Database, type Queryable } from '../src/platform/postgres';
import { AUDIT_SECRET } from '../src/use-cases/auditing/open-trail';
import { cpuSeconds, difference } from './cpu';

/** Something that is done once. */
export interface Checked {
  seconds: number;
  /** Seconds of CPU: this process and PostgreSQL. */
  cpu?: { server: number; database: number };
}

export interface Size {
  databaseBytes: number;
  tables: { name: string; rows: number; bytes: number; indexBytes: number }[];
}

/** The database, and its tables of more than a hundredth of it with their indexes; the rows are those that ANALYZE estimated. */
export async function sizesOf(pool: Pool): Promise<Size> {
  const { rows } = await pool.query<{
    name: string;
    rows: number;
    bytes: string;
    indexBytes: string;
    all: string;
  }>(
    `SELECT relname AS name, reltuples::double precision AS rows, pg_table_size(oid) AS bytes,
       pg_indexes_size(oid) AS "indexBytes", pg_database_size(current_database()) AS all
     FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY pg_total_relation_size(oid) DESC`,
  );
  const databaseBytes = Number(rows[0]?.all ?? 0);
  const tables = rows
    .map((row) => ({
      name: row.name,
      rows: row.rows,
      bytes: Number(row.bytes),
      indexBytes: Number(row.indexBytes),
    }))
    .filter(({ bytes, indexBytes }) => bytes + indexBytes > databaseBytes / 100);
  return { databaseBytes, tables };
}

async function once<T>(postmaster: number, work: () => Promise<T>): Promise<{ answer: T; checked: Checked }> {
  const before = cpuSeconds(process.pid, postmaster);
  const startedAt = performance.now();
  const answer = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const after = cpuSeconds(process.pid, postmaster);
  return { answer, checked: { seconds, ...(before && after && { cpu: difference(after, before) }) } };
}

const DAY_MS = 86_400_000;
const SPANS = [7, 90, 365];

/** What the pages for operators count: submissions by day and by sender, of some days. */
export async function countSubmissions(
  pool: Pool,
  postmaster: number,
): Promise<({ name: string } & Checked)[]> {
  const db = {
    query: async ({ text }: { text: string }, values: unknown[] = []) =>
      (await pool.query(text, values)).rows,
  } as unknown as Queryable;
  const to = new Date();
  const counts: ({ name: string } & Checked)[] = [];
  for (const days of SPANS) {
    const span = { from: new Date(to.getTime() - days * DAY_MS), to };
    const byDay = await once(postmaster, () => countAllByDay(db, span));
    const bySender = await once(postmaster, () => countAllBySender(db, span));
    counts.push({ name: `submissions by day, ${days} days`, ...byDay.checked });
    counts.push({ name: `submissions by sender, ${days} days`, ...bySender.checked });
  }
  const { checked } = await once(postmaster, () => pool.query('SELECT count(*) FROM observation'));
  return [...counts, { name: 'all Observations', ...checked }];
}

export interface LedgerChecked extends Checked {
  records: number;
  /** False when the time was up first. */
  complete: boolean;
  /** Copied submissions, which have no audit record with the server's signature: the ledger reports each. */
  copiesReported: number;
  otherFaults: number;
}

/** Verifies the ledger, for so many seconds at most; how many records were checked says how far it came. */
export async function checkLedger(
  connection: PoolConfig,
  postmaster: number,
  seconds: number,
): Promise<LedgerChecked> {
  const database: Database = openDatabase(connection, {
    maxConnections: 2,
    connectionTimeoutMillis: 5_000,
    statementTimeoutMillis: 3_600_000,
    onError: () => undefined,
  });
  try {
    const verifier = createVerifier({
      database,
      publicKey: (await storedPublicKey(database)) ?? '',
      auditKey: (await readSecret(database, AUDIT_SECRET)) ?? Buffer.alloc(0),
      tables: sealedTables,
      known: () => Promise.resolve({ heads: [], alarms: [] }),
    });
    const { answer, checked } = await once(postmaster, () => verifier.verify(seconds * 1000));
    const { records, complete, faultCount, faults } = answer;
    // The list of faults is cut at some length, so faults of other kinds are looked for in what it shows.
    const otherFaults = faults.filter(({ kind }) => kind !== 'forged').length;
    return { ...checked, records, complete, copiesReported: faultCount - otherFaults, otherFaults };
  } finally {
    await database.close();
  }
}

/** Reads every row as text and gives it to nobody: what a dump costs the server. */
export async function readAllRows(pool: Pool, postmaster: number): Promise<Checked> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 0`,
  );
  const { checked } = await once(postmaster, async () => {
    for (const { name } of rows) await pool.query(`COPY ${name} TO '/dev/null'`);
  });
  return checked;
}
