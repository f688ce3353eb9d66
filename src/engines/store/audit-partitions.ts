/**
 * Manages the audit trail's partitions: one for each month, created ahead of time. Any node may do this at any time; an
 * advisory lock admits one at a time. Records written before their month had a partition are in the default partition,
 * and are moved.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { boundsOfMonth, isMonth, monthOf } from '../../platform/months';
import type { Database, Queryable } from '../../platform/postgres';

/** `audit_record_2026_11`, from the first id of its month up to the first of the next. */
export interface Month {
  table: string;
  from: string;
  to: string;
}

/** The partition of a month such as `2026-11`. */
export function partitionOf(month: string): Month {
  const { fromId: from, toId: to } = boundsOfMonth(month);
  return { table: `audit_record_${month.replace('-', '_')}`, from, to };
}

/** The month that is `ahead` months after that of `now`, in UTC. */
export function monthAhead(now: Date, ahead: number): Month {
  return partitionOf(monthOf(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)));
}

/**
 * Gives each past month the index that finds the records of a resource. The current month has no such index: a search
 * discloses many resources, and every answer would have to write an entry for each. (In the current month such a query
 * names the patient or the time, and uses those indexes.)
 */
export async function indexClosedMonths(database: Database, now: Date): Promise<string[]> {
  const { table: current } = monthAhead(now, 0);
  const closed = await database.query<{ name: string }>(
    {
      text: `SELECT child.relname AS name FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = 'audit_record'::regclass AND child.relname ~ '^audit_record_[0-9]' AND child.relname < $1
          AND to_regclass(quote_ident(child.relname || '_entity')) IS NULL`,
    },
    [current],
  );
  for (const { name } of closed)
    await database.transaction(async (tx) => {
      await tx.query({ text: 'SET LOCAL statement_timeout = 0' });
      await tx.query({ text: `CREATE INDEX IF NOT EXISTS ${name}_entity ON ${name} USING gin (entity)` });
    });
  return closed.map(({ name }) => name);
}

/** Creates the missing partitions of this month and the months ahead. */
export function ensureAuditPartitions(database: Database, now: Date, monthsAhead = 3): Promise<string[]> {
  return ensurePartitions(
    database,
    Array.from({ length: monthsAhead + 1 }, (_, ahead) => monthAhead(now, ahead)),
  );
}

/**
 * Creates those of these partitions that are missing. It does not wait long: every record would wait with it.
 * @returns their tables
 */
export async function ensurePartitions(
  database: Pick<Database, 'query' | 'transaction'>,
  months: readonly Month[],
): Promise<string[]> {
  const missing = await missingAmong(database, months);
  if (missing.length === 0) return [];
  return database.transaction(async (tx) => {
    await tx.query({ text: "SET LOCAL lock_timeout = '3s'" });
    await tx.query({ text: "SELECT pg_advisory_xact_lock(hashtext('homeward.audit_partitions'))" });
    const made = await missingAmong(tx, months);
    for (const month of made) await make(tx, month);
    return made.map(({ table }) => table);
  });
}

async function missingAmong(db: Queryable, months: readonly Month[]): Promise<Month[]> {
  const rows = await db.query<{ name: string }>(
    {
      text: `SELECT child.relname AS name FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = 'audit_record'::regclass AND child.relname = ANY($1)`,
    },
    [months.map(({ table }) => table)],
  );
  const there = new Set(rows.map(({ name }) => name));
  return months.filter(({ table }) => !there.has(table));
}

/** Fills the partition before attaching it: PostgreSQL refuses a partition if the default one contains its rows. */
async function make(tx: Queryable, { table, from, to }: Month): Promise<void> {
  await tx.query({
    text: `CREATE TABLE ${table} (LIKE audit_record INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`,
  });
  await tx.query({ text: 'LOCK TABLE audit_record_default IN ACCESS EXCLUSIVE MODE' });
  await tx.query({
    text: `WITH moved AS (DELETE FROM audit_record_default WHERE id >= '${from}' AND id < '${to}' RETURNING *)
      INSERT INTO ${table} SELECT * FROM moved`,
  });
  await tx.query({
    text: `ALTER TABLE audit_record ATTACH PARTITION ${table} FOR VALUES FROM ('${from}') TO ('${to}')`,
  });
  // A record has a few kilobytes and is written before an answer. To save time it is stored in one piece and not
  // compressed.
  await tx.query({ text: `ALTER TABLE ${table} SET (toast_tuple_target = 8160)` });
}

/** The months of which the database has records or a partition, in their order. */
export async function monthsInDatabase(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ month: string }>({
    text: `SELECT replace(substring(child.relname FROM 14), '_', '-') AS month FROM pg_inherits
        JOIN pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = 'audit_record'::regclass AND child.relname ~ '^audit_record_[0-9]'
      UNION SELECT to_char(last_updated AT TIME ZONE 'UTC', 'YYYY-MM') FROM audit_record_default ORDER BY 1`,
  });
  return rows.map(({ month }) => month).filter(isMonth);
}

export async function countRecords(db: Queryable, month: string): Promise<number> {
  const { from, to } = partitionOf(month);
  const [row] = await db.query<{ count: string }>(
    { text: 'SELECT count(*) AS count FROM audit_record WHERE id >= $1 AND id < $2' },
    [from, to],
  );
  return Number(row?.count ?? 0);
}

export async function hasPartition(db: Queryable, month: string): Promise<boolean> {
  return (await missingAmong(db, [partitionOf(month)])).length === 0;
}

/** Prevents changes of a month's records until the transaction ends. Reads, and records of other months, go on. */
export async function holdMonth(tx: Queryable, month: string): Promise<void> {
  await tx.query({ text: `LOCK TABLE ${partitionOf(month).table} IN SHARE MODE` });
}

/** How long writers of the audit trail may have to wait for one attempt. */
const WAIT_MILLIS = 500;
const ATTEMPTS = 60;

/**
 * Takes a month out of the audit trail, inside a transaction. Every record waits for it, so each attempt gives up soon
 * when a search holds it up.
 * @throws the error of the last attempt
 */
export async function dropPartition(tx: Queryable, month: string, pauseMillis = 1_000): Promise<void> {
  const { table } = partitionOf(month);
  for (let attempt = 1; ; attempt += 1) {
    await tx.query({ text: 'SAVEPOINT before_drop' });
    try {
      await tx.query({ text: `SET LOCAL lock_timeout = ${WAIT_MILLIS}` });
      await tx.query({ text: `ALTER TABLE audit_record DETACH PARTITION ${table}` });
      await tx.query({ text: `DROP TABLE ${table}` });
      return;
    } catch (error) {
      if (!isLockTimeout(error) || attempt >= ATTEMPTS) throw error;
      await tx.query({ text: 'ROLLBACK TO SAVEPOINT before_drop' });
      await sleep(pauseMillis);
    }
  }
}

/** True for SQLSTATE 55P03, lock_not_available. */
function isLockTimeout(error: unknown): boolean {
  for (let each = error; typeof each === 'object' && each !== null; each = (each as Error).cause)
    if ((each as { code?: unknown }).code === '55P03') return true;
  return false;
}
