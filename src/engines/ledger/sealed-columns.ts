/**
 * The shape of sealed data: which list of facts a resource's digest covers, and which columns of the other tables. A
 * migration that adds a column to one of those tables makes a new shape; older seals are still checked with their own
 * shape.
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../../platform/postgres';
import { FACTS, rowDigest } from './row-digest';
import { quoted } from './sql';

export interface Shape {
  /** The number of the list of facts. */
  facts: number;
  /** The columns of each table that holds no resources, in their order, `xid` included. */
  tables: Readonly<Record<string, readonly string[]>>;
}

/** Tables that hold no resources. */
const OWN_TABLES = [
  'submission',
  'submission_body',
  'binary',
  'audit_record',
  'review_mark',
  'ledger_tombstone',
  'audit_month',
];

/** The shape of the database as it is now. */
export async function currentShape(db: Queryable): Promise<Shape> {
  const rows = await db.query<{ name: string; columns: string[] }>(
    {
      text: `SELECT pg_class.relname AS name, array_agg(attname::text ORDER BY attnum) AS columns
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attrelid = ANY(SELECT to_regclass(quote_ident(name)) FROM unnest($1::text[]) AS name)
          AND attnum > 0 AND NOT attisdropped GROUP BY pg_class.relname`,
    },
    [OWN_TABLES],
  );
  const columns = new Map(rows.map((row) => [row.name, row.columns]));
  return {
    facts: FACTS,
    tables: Object.fromEntries([...OWN_TABLES].sort().map((name) => [name, columns.get(name) ?? []])),
  };
}

export function shapeText(shape: Shape): string {
  return JSON.stringify(shape);
}

export function hashOfShape(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The shape, if it still matches its name, which is its hash. */
export async function readShape(db: Queryable, sha256: string): Promise<Shape | undefined> {
  const [row] = await db.query<{ shape: string }>(
    { text: 'SELECT shape FROM ledger_shape WHERE sha256 = $1' },
    [sha256],
  );
  if (!row || hashOfShape(row.shape) !== sha256) return undefined;
  const shape = JSON.parse(row.shape) as Partial<Shape>;
  return typeof shape.facts === 'number' ? (shape as Shape) : undefined;
}

/** The digest of a row of a table that holds no resources. */
export function digestByShape(
  shape: Shape,
  table: string,
  alias: string,
  more: readonly string[] = [],
): string {
  return rowDigest([...columnsOf(shape, table, alias), ...more]);
}

/** The columns that the digest of a row covers, in their order. */
export function columnsOf(shape: Shape, table: string, alias: string): string[] {
  return (shape.tables[table] ?? []).map((column) => `${alias}.${quoted(column)}`);
}

/**
 * Sets the text formats of values, so that they do not depend on the settings of the server or role. Inside a
 * transaction only.
 */
export async function withFixedForms(tx: Queryable): Promise<void> {
  await tx.query({
    text: `SELECT pg_catalog.set_config('TimeZone', 'UTC', true), pg_catalog.set_config('DateStyle', 'ISO, YMD', true),
      pg_catalog.set_config('IntervalStyle', 'postgres', true), pg_catalog.set_config('bytea_output', 'hex', true),
      pg_catalog.set_config('extra_float_digits', '1', true), pg_catalog.set_config('lc_monetary', 'C', true)`,
  });
}
