/**
 * The audit trail's partitions: one a month, made ahead of time. Any node may do it at any time; an advisory lock
 * lets one at a time. What came before its month had a partition lies in the default one and is moved over.
 */
import { firstIdOf } from '../../platform/ids';
import type { Database, Queryable } from '../../platform/postgres';

/** `audit_record_2026_11`, from the first id of its month up to the first of the next. */
export interface Month {
  table: string;
  from: string;
  to: string;
}

/** The month that lies `ahead` months after the one of `now`, in UTC. */
export function monthAhead(now: Date, ahead: number): Month {
  const start = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1);
  const date = new Date(start);
  const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  const name = `${date.getUTCFullYear()}_${String(date.getUTCMonth() + 1).padStart(2, '0')}`;
  return { table: `audit_record_${name}`, from: firstIdOf(start), to: firstIdOf(end) };
}

/**
 * A month that is over gets the index by which a resource finds who read it. While it is being written it has none:
 * a search discloses many resources, and each would cost every answer an entry. (Within the month in hand such a
 * question names the patient or the time, and goes by their indexes.)
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

/** Makes the partitions of this month and of the months ahead that are not there yet. */
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

/** Filled before it is attached: PostgreSQL refuses a partition for which rows lie in the default one. */
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
  // A record is a few kilobytes and written before an answer: it stays in one piece, and is not compressed.
  await tx.query({ text: `ALTER TABLE ${table} SET (toast_tuple_target = 8160)` });
}
