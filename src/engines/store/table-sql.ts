/**
 * Writes the SQL of the tables that the definitions declare: each table, its history and the indexes of both.
 * Migrations are made from it (`npm run migration NAME`), and a test compares it with what the migrations create.
 * @see docs/decisions/0041-migrations-as-sql.md
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { Index } from '../../definitions/table';
import { columnsOf } from '../indexing/columns';

/** A table of resources as the definitions declare it. */
export interface DeclaredTable {
  name: string;
  /** The content: `Encounter`, or `Resources of every type without a table of its own`. */
  of: string;
  /** Its columns with their types, in order, including those of the server. */
  columns: ReadonlyMap<string, string>;
  /** The indexes of the table, then those of its history: name and statement. */
  indexes: ReadonlyMap<string, string>;
}

/** The constraints of each column, in addition to its type. */
const CONSTRAINTS: Readonly<Record<string, string>> = {
  id: 'PRIMARY KEY',
  version_id: 'NOT NULL',
  last_updated: 'NOT NULL',
  submission_id: 'NOT NULL',
  sender: 'NOT NULL',
  content: 'NOT NULL',
  xid: 'NOT NULL DEFAULT pg_current_xact_id()',
};

/** The columns of a history in addition to those of its table. */
const HISTORY_COLUMNS: readonly string[] = [
  'superseded_xid xid8 NOT NULL DEFAULT pg_current_xact_id()',
  'superseded_at timestamptz NOT NULL DEFAULT now()',
  'deleted boolean NOT NULL DEFAULT false',
  'PRIMARY KEY (id, version_id)',
];

const LAST_UPDATED: Index = { name: 'last_updated', on: 'last_updated' };
const IDENTIFIER: Index = {
  name: 'identifier',
  on: 'identifier',
  using: 'gin',
  where: 'identifier IS NOT NULL',
};
const SUPERSEDED: Index = { name: 'superseded', on: 'superseded_xid' };

/**
 * Every table that the definitions declare; a shared table occurs once. Views are written by hand, because their rows
 * never change and they have no history.
 * @param quote writes a column's name so that PostgreSQL reads it as one: `end` → `"end"`
 */
export function declaredTables(
  definitions: readonly ResourceDefinition[],
  quote: (name: string) => string = (name) => `"${name}"`,
): DeclaredTable[] {
  const sharing = new Map<string, ResourceDefinition[]>();
  for (const definition of definitions.filter(({ table }) => table.history !== false))
    sharing.set(definition.table.name, [...(sharing.get(definition.table.name) ?? []), definition]);
  return [...sharing].map(([name, types]) => {
    const columns = new Map<string, string>();
    for (const definition of types)
      for (const column of columnsOf(definition)) columns.set(column.name, column.type);
    columns.set('xid', 'xid8');
    const of = types.length === 1 ? types[0]!.type : 'Resources of every type without a table of its own';
    return { name, of, columns: quoted(columns, quote), indexes: indexesOf(name, types, columns) };
  });
}

const quoted = (columns: ReadonlyMap<string, string>, quote: (name: string) => string): Map<string, string> =>
  new Map([...columns].map(([name, type]) => [quote(name), type]));

function indexesOf(
  table: string,
  types: readonly ResourceDefinition[],
  columns: ReadonlyMap<string, string>,
): Map<string, string> {
  const indexes = new Map<string, Index>([[LAST_UPDATED.name, LAST_UPDATED]]);
  if (columns.has('identifier')) indexes.set(IDENTIFIER.name, IDENTIFIER);
  for (const { table: declared } of types)
    for (const index of declared.indexes ?? []) indexes.set(index.name, index);
  const inHistory = [SUPERSEDED, LAST_UPDATED, ...[...indexes.values()].filter(({ history }) => history)];
  return new Map([
    ...[...indexes.values()].map((index) => indexSql(table, index)),
    ...inHistory.map((index) => indexSql(`${table}_history`, index)),
  ]);
}

/**
 * GIN indexes have no pending lists: every search would read such a list completely, and each submission searches for
 * its identifiers.
 * @see https://www.postgresql.org/docs/18/gin.html#GIN-FAST-UPDATE
 */
function indexSql(table: string, { name, on, using, where, unique }: Index): [name: string, sql: string] {
  const sql = [
    `CREATE ${unique === true ? 'UNIQUE ' : ''}INDEX ${table}_${name} ON ${table}`,
    using === 'gin' ? `USING gin (${on}) WITH (fastupdate = off)` : `(${on})`,
    ...(where === undefined ? [] : [`WHERE ${where}`]),
  ];
  return [`${table}_${name}`, `${sql.join(' ')};`];
}

/** The statements that make a table and its history, with their indexes and comments. */
export function createTable({ name, of, columns, indexes }: DeclaredTable): string {
  const lines = [...columns].map(([column, type]) => columnSql(column, type));
  return [
    `CREATE TABLE ${name} (\n  ${lines.join(',\n  ')}\n);`,
    `COMMENT ON TABLE ${name} IS '${of}: one row per resource, as it stands now.';`,
    '',
    `CREATE TABLE ${name}_history (\n  LIKE ${name} INCLUDING DEFAULTS,\n  ${HISTORY_COLUMNS.join(',\n  ')}\n);`,
    `ALTER TABLE ${name}_history ALTER COLUMN content DROP NOT NULL; -- a tombstone has none`,
    `COMMENT ON TABLE ${name}_history IS '${of}: earlier versions, and tombstones of what was withdrawn.';`,
    '',
    ...indexes.values(),
  ].join('\n');
}

/** A column as written in `CREATE TABLE` and `ADD COLUMN`. */
export function columnSql(column: string, type: string): string {
  return [column, type, ...(column in CONSTRAINTS ? [CONSTRAINTS[column]] : [])].join(' ');
}
