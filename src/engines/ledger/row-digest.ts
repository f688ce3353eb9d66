/**
 * Determines what the ledger seals of a resource's version: its facts. A column is a fact if no other stored data gives
 * it: the sender stated it, the server assigned it when it stored the version, or it says how the version ended. Every
 * other column, and the table of the row, is derived: `rowOf(definition, content)` makes it, and verification makes it
 * again. So a definition may change without changing a digest.
 * @see docs/decisions/0043-facts-and-derivations.md
 */
import type { FactTables } from './sealed-tables';
import { quoted } from './sql';

/**
 * The columns that a digest covers, in their order, by the version of the list. A new list gets a new number; seals
 * made with an older list are still checked with it.
 */
export const FACT_LISTS: Readonly<Record<number, readonly string[]>> = {
  1: ['id', 'version_id', 'last_updated', 'patient_id', 'submission_id', 'sender', 'content', 'xid'],
};

/** The list for new seals. */
export const FACTS = 1;

/** The columns that say how a version ended, beside those of the list; only the history has them. */
export const ENDED_COLUMNS = ['superseded_xid', 'superseded_at', 'deleted'] as const;

/** The type of a row as SQL: a table has rows of one type, or a column with the type. */
export function typeOf(table: string, alias: string, { types, shared }: FactTables): string {
  const column = shared[table];
  if (column !== undefined) return `${alias}.${quoted(column)}`;
  const type = Object.keys(types).find((each) => types[each] === table) ?? '';
  return `'${type.replaceAll("'", "''")}'::pg_catalog.text`;
}

/**
 * The versions with the digests of their facts, current or in the history. The digest also covers when and by what the
 * previous version was superseded.
 * @param join the SQL join to the versions, which are named `r`
 */
export function versionsOf(table: string, tables: FactTables, list: number, join: string): string {
  const type = typeOf(table, 'r', tables);
  const before = ENDED_COLUMNS.map((column) => `p.${column}`);
  const facts = (FACT_LISTS[list] ?? []).map((column) => `r.${quoted(column)}`);
  const select = (from: string, ended: string): string =>
    `SELECT ${type} AS type, r.submission_id, r.id, r.version_id,
      ${rowDigest([type, ...facts, ended, ...before])} AS digest
    FROM ${quoted(from)} AS r ${join}
    LEFT JOIN ${quoted(`${table}_history`)} AS p ON p.id OPERATOR(pg_catalog.=) r.id
      AND p.version_id OPERATOR(pg_catalog.=) (r.version_id OPERATOR(pg_catalog.-) 1)`;
  // For a withdrawal no later version gives the time; for every other version one does.
  const ended =
    "CASE WHEN r.deleted THEN r.superseded_xid::pg_catalog.text OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) r.superseded_at::pg_catalog.text ELSE 'f' END";
  return `${select(table, "'f'")} UNION ALL ${select(`${table}_history`, ended)}`;
}

/**
 * The digest of values, as SQL: the SHA-256 of the text of a row with these values. The session must use the text
 * formats that `withFixedForms` sets. It names the schema of the functions, so that it uses no others of the same name.
 */
export function rowDigest(values: readonly string[]): string {
  return `pg_catalog.sha256(pg_catalog.convert_to(ROW(${values.join(', ')})::pg_catalog.text, 'UTF8'))`;
}
