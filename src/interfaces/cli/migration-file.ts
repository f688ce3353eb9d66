/**
 * Writes the text of the next migration: the changes that give a migrated database the tables that the definitions
 * declare. `npm run migration NAME` writes it to `migrations/`. A test checks that no difference is left.
 * @see docs/decisions/0041-migrations-as-sql.md
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { readSchema, type Schema } from '../../engines/ledger/schema';
import { columnSql, createTable, declaredTables, type DeclaredTable } from '../../engines/store/table-sql';
import type { Queryable } from '../../platform/postgres';

const SCRATCH = 'homeward_declared';

/** The changes of one table: each part is SQL preceded by a sentence. */
interface Change {
  table: string;
  sql: string;
}

/**
 * @param db a connection inside a transaction that the caller rolls back: the declared tables are made there, in a
 *   schema of their own, so that PostgreSQL itself writes both in the same words
 * @param only the tables to write; all of them unless given
 * @returns one change for each table that differs; none where the database is as declared
 */
export async function changesFor(
  db: Queryable,
  definitions: readonly ResourceDefinition[],
  only: readonly string[] = [],
): Promise<Change[]> {
  const rows = await db.query<{ word: string }>({
    text: `SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')`,
  });
  const reserved = new Set(rows.map(({ word }) => word));
  const tables = declaredTables(definitions, (name) =>
    reserved.has(name) || !/^[a-z_][a-z0-9_]*$/.test(name) ? `"${name}"` : name,
  );
  const there = await readSchema(db, { schema: await schemaOf(db, 'current_schema()') });
  await db.query({ text: `CREATE SCHEMA ${SCRATCH}` });
  await db.query({ text: `SET LOCAL search_path = ${SCRATCH}` });
  await db.query({ text: tables.map(createTable).join('\n') });
  const declared = await readSchema(db, { schema: await schemaOf(db, `'${SCRATCH}'`) });
  const changes = tables
    .filter(({ name }) => only.length === 0 || only.includes(name))
    .map((table) => ({ table: table.name, sql: changeOf(table, there, declared) }));
  return [...changes, ...(only.length === 0 ? left(tables, there) : [])].filter(({ sql }) => sql !== '');
}

/** The file: its opening, then each change. */
export function migrationText(name: string, changes: readonly Change[]): string {
  const opening = `-- Made from the definitions in src/resources/ by: npm run migration ${name}\n-- docs/tables.md describes each column.`;
  return `${[opening, ...changes.map(({ sql }) => sql)].join('\n\n')}\n`;
}

/** `0007_documents` is followed by `0008_…`. */
export function nextNumber(files: readonly string[]): string {
  const numbers = files.map((file) => Number(/^(\d{4})_/.exec(file)?.[1] ?? 0));
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0');
}

async function schemaOf(db: Queryable, name: string): Promise<string> {
  const [row] = await db.query<{ oid: string }>({ text: `SELECT (${name})::regnamespace::oid::text AS oid` });
  return row!.oid;
}

function changeOf(table: DeclaredTable, there: Schema, declared: Schema): string {
  const { name, of } = table;
  if (!there.has(`table ${name}`)) return `-- ${of}, and its history.\n${createTable(table)}`;
  const parts = [name, `${name}_history`].flatMap((each) => columnChanges(each, table, there, declared));
  parts.push(...indexChanges(table, there, declared), ...remainder(name, there, declared));
  return parts.length === 0 ? '' : `-- ${of}: table \`${name}\` and its history.\n${parts.join('\n')}`;
}

function columnChanges(name: string, table: DeclaredTable, there: Schema, declared: Schema): string[] {
  const added: string[] = [];
  const altered: string[] = [];
  for (const [column, type] of table.columns) {
    const object = `column ${name}.${column.replaceAll('"', '')}`;
    if (!there.has(object)) added.push(`  ADD COLUMN ${columnSql(column, type)}`);
    else if (there.get(object) !== declared.get(object))
      altered.push(
        `-- \`${column}\` is ${there.get(object)} and is to be ${declared.get(object)}. Say what becomes of the values that are there:`,
        `-- ALTER TABLE ${name} ALTER COLUMN ${column} TYPE ${type} USING …;`,
      );
  }
  return [...(added.length === 0 ? [] : [`ALTER TABLE ${name}\n${added.join(',\n')};`]), ...altered];
}

function indexChanges({ name, indexes }: DeclaredTable, there: Schema, declared: Schema): string[] {
  return [...indexes].flatMap(([index, sql]) => {
    const object = `index ${index.startsWith(`${name}_history_`) ? `${name}_history` : name}.${index}`;
    if (there.get(object) === declared.get(object)) return [];
    return there.has(object) ? [`DROP INDEX ${index};`, sql] : [sql];
  });
}

/**
 * What the database has but no definition declares. It is never dropped automatically, since it may contain the only
 * copy of some data.
 */
function remainder(name: string, there: Schema, declared: Schema): string[] {
  const ofTable = (object: string): boolean =>
    new RegExp(`^(column|index) ${name}(_history)?\\.`).test(object);
  return [...there.keys()]
    .filter((object) => ofTable(object) && !declared.has(object))
    .sort()
    .reverse() // indexes before the columns that they are of
    .flatMap((object) => {
      const [kind = '', table = '', rest = ''] = object.split(/[ .]/);
      const drop = kind === 'index' ? `DROP INDEX ${rest};` : `ALTER TABLE ${table} DROP COLUMN "${rest}";`;
      return [
        `-- No definition declares the ${kind} \`${rest}\` of ${table} any more. Remove the dashes if it may go:`,
        `-- ${drop}`,
      ];
    });
}

/** Tables of resources (those with a history) that no definition declares. */
function left(tables: readonly DeclaredTable[], there: Schema): Change[] {
  const names = new Set(tables.map(({ name }) => name));
  return [...there.keys()]
    .flatMap((object) => /^column (\w+)_history\.superseded_xid$/.exec(object)?.slice(1) ?? [])
    .filter((name) => !names.has(name))
    .map((table) => ({
      table,
      sql: `-- No definition declares the table \`${table}\` any more. Remove the dashes if its rows may go:\n-- DROP TABLE ${table}, ${table}_history;`,
    }));
}
