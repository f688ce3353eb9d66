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
export const OWN_TABLES = [
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
      text: `SELECT c.relname AS name, pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum) AS columns
        FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) a.attrelid
        WHERE a.attrelid OPERATOR(pg_catalog.=) ANY(ARRAY(
            SELECT pg_catalog.to_regclass(pg_catalog.quote_ident(n.name))::pg_catalog.oid
            FROM pg_catalog.unnest($1::pg_catalog.text[]) AS n (name)))
          AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped GROUP BY c.relname`,
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
    {
      text: 'SELECT s.shape FROM ledger_shape AS s WHERE s.sha256 OPERATOR(pg_catalog.=) $1::pg_catalog.text',
    },
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
