/**
 * The shape of what is sealed: which tables there are, and which columns of each a digest covers. A migration that adds
 * a column makes a new shape; what was sealed before goes on being checked by the shape of its time.
 */
import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { Queryable } from '../../platform/postgres';

export interface Shape {
  /** The columns of each table, in their order, `xid` included. */
  tables: Readonly<Record<string, readonly string[]>>;
  /** The table of each resource type that a submission may list; each of them has a `<name>_history`. */
  types: Readonly<Record<string, string>>;
  /** Resource tables whose rows no list names: found by the submission they belong to. */
  unlisted: readonly string[];
  /** Whether the digest of a withdrawal covers when it was. */
  withdrawalsTimed?: true;
}

/** What the engines' definitions say: handed in by the composition root. */
export interface SealedTables {
  types: Readonly<Record<string, string>>;
  unlisted: readonly string[];
}

/** @param serverMade the types of which the server makes one for each submission */
export function sealedTablesOf(
  definitions: readonly ResourceDefinition[],
  serverMade: readonly ResourceDefinition[],
): SealedTables {
  const kept = definitions.filter(({ table }) => table.history !== false);
  return {
    types: Object.fromEntries(kept.map(({ type, table }) => [type, table.name])),
    unlisted: serverMade.map(({ table }) => table.name),
  };
}

/** Tables beside those of resources. */
const OWN_TABLES = [
  'submission',
  'submission_body',
  'binary',
  'audit_record',
  'review_mark',
  'ledger_tombstone',
];

/** The shape of the database as it is now. */
export async function currentShape(db: Queryable, { types, unlisted }: SealedTables): Promise<Shape> {
  const names = [...new Set([...OWN_TABLES, ...Object.values(types), ...unlisted])].sort();
  const rows = await db.query<{ name: string; columns: string[] }>(
    {
      text: `SELECT pg_class.relname AS name, array_agg(attname::text ORDER BY attnum) AS columns
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attrelid = ANY(SELECT to_regclass(quote_ident(name)) FROM unnest($1::text[]) AS name)
          AND attnum > 0 AND NOT attisdropped GROUP BY pg_class.relname`,
    },
    [names],
  );
  const columns = new Map(rows.map((row) => [row.name, row.columns]));
  const tables = Object.fromEntries(names.map((name) => [name, columns.get(name) ?? []]));
  const ofTypes = Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    tables,
    types: Object.fromEntries(ofTypes),
    unlisted: [...unlisted].sort(),
    withdrawalsTimed: true,
  };
}

export function shapeText(shape: Shape): string {
  return JSON.stringify(shape);
}

export function hashOfShape(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Every resource table of the shape, those without lists too. */
export function resourceTables({ types, unlisted }: Shape): string[] {
  return [...new Set([...Object.values(types), ...unlisted])].sort();
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * The digest of a row, as SQL: SHA-256 of the row's text form, which has every column. The session must write values
 * in the one way that `withFixedForms` sets.
 */
export function rowDigest(alias: string, columns: readonly string[], more: readonly string[] = []): string {
  const values = [...columns.map((column) => `${alias}.${quoted(column)}`), ...more];
  return `sha256(convert_to(ROW(${values.join(', ')})::text, 'UTF8'))`;
}

/** Values as text look the same whatever the server's or the role's settings are. Inside a transaction only. */
export async function withFixedForms(tx: Queryable): Promise<void> {
  await tx.query({
    text: `SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
      set_config('IntervalStyle', 'postgres', true), set_config('bytea_output', 'hex', true),
      set_config('extra_float_digits', '1', true), set_config('lc_monetary', 'C', true)`,
  });
}
