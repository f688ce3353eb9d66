/**
 * What the ledger seals of a resource's version: its facts. A column is a fact where nothing else that is stored gives
 * it: the sender stated it, the server gave it when it stored the version, or it says how the version ended. Every other
 * column, and the table that the row is in, is derived: `rowOf(definition, content)` makes it, and verification makes it
 * again. So a definition may change without a change of any digest.
 * @see docs/decisions/0043-facts-and-derivations.md
 */
import type { FactTables } from './sealed-tables';
import { quoted } from './sql';

/**
 * The columns that a digest covers, in their order, by the version of the list. A new list gets a new number; what was
 * sealed by an older one goes on being checked by it.
 */
export const FACT_LISTS: Readonly<Record<number, readonly string[]>> = {
  1: ['id', 'version_id', 'last_updated', 'patient_id', 'submission_id', 'sender', 'content', 'xid'],
};

/** The list by which seals are made now. */
export const FACTS = 1;

/** How a version ended, beside the columns of the list: in the history only. */
export const ENDED_COLUMNS = ['superseded_xid', 'superseded_at', 'deleted'] as const;

/** The type of a row as SQL: a table has rows of one type, or a column that says which. */
export function typeOf(table: string, alias: string, { types, shared }: FactTables): string {
  const column = shared[table];
  if (column !== undefined) return `${alias}.${quoted(column)}`;
  const type = Object.keys(types).find((each) => types[each] === table) ?? '';
  return `'${type.replaceAll("'", "''")}'::text`;
}

/**
 * Versions with the digests of their facts, wherever they are now: as the current version, or in the history. The digest
 * covers when and by what the version before was superseded, too. @param join to the versions, known as `r`
 */
export function versionsOf(table: string, tables: FactTables, list: number, join: string): string {
  const type = typeOf(table, 'r', tables);
  const before = ENDED_COLUMNS.map((column) => `p.${column}`);
  const facts = (FACT_LISTS[list] ?? []).map((column) => `r.${quoted(column)}`);
  const select = (from: string, ended: string): string =>
    `SELECT ${type} AS type, r.submission_id, r.id, r.version_id,
      ${rowDigest([type, ...facts, ended, ...before])} AS digest
    FROM ${quoted(from)} AS r ${join}
    LEFT JOIN ${quoted(`${table}_history`)} AS p ON p.id = r.id AND p.version_id = r.version_id - 1`;
  // No later version says when a withdrawal was, as it does of every other version.
  const ended = "CASE WHEN r.deleted THEN r.superseded_xid || ' ' || r.superseded_at ELSE 'f' END";
  return `${select(table, "'f'")} UNION ALL ${select(`${table}_history`, ended)}`;
}

/**
 * The digest of values, as SQL: SHA-256 of them as the text of a row. The session must write values in the one way that
 * `withFixedForms` sets.
 */
export function rowDigest(values: readonly string[]): string {
  return `sha256(convert_to(ROW(${values.join(', ')})::text, 'UTF8'))`;
}
