/**
 * Manages the audit trail's partitions: one for each month, created ahead of time. Any node may do this at any time; an
 * advisory lock admits one at a time. Records written before their month had a partition are in the default partition,
 * and are moved.
 */
import { firstIdOf } from '../../platform/ids';
import type { Database, Queryable } from '../../platform/postgres';

/** `audit_record_2026_11`, from the first id of its month up to the first of the next. */
export interface Month {
  table: string;
  from: string;
  to: string;
}

/** The month that is `ahead` months after that of `now`, in UTC. */
export function monthAhead(now: Date, ahead: number): Month {
  const start = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1);
  const date = new Date(start);
  const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  const name = `${date.getUTCFullYear()}_${String(date.getUTCMonth() + 1).padStart(2, '0')}`;
  return { table: `audit_record_${name}`, from: firstIdOf(start), to: firstIdOf(end) };
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
export async function ensureAuditPartitions(
  database: Database,
  now: Date,
  monthsAhead = 3,
): Promise<string[]> {
  const months = Array.from({ length: monthsAhead + 1 }, (_, ahead) => monthAhead(now, ahead));
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
