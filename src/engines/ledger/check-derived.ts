/**
 * Makes the derived columns of every row again and holds the stored ones to them, whether the row is sealed or not: a
 * search column that somebody changed, and a row in another table than its type's, are faults of a kind of their own.
 * PostgreSQL compares, so that a value is compared as the type of its column.
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { Database } from '../../platform/postgres';
import { derivedColumnsOf } from '../indexing/columns';
import { derivedRow, type StoredFacts } from '../indexing/stored-row';
import { typeOf } from './facts';
import type { Faults } from './fault';
import { resourceTables, type SealedTables } from './sealed-tables';
import { quoted } from './sql';

/** Where the walk through the tables has come to. */
export interface DerivedPlace {
  /** The tables that are still to be looked at, the one in hand first. */
  tables: readonly string[];
  /** The row that was looked at last. */
  id: string;
  version: number;
}

const FIRST = { id: '00000000-0000-0000-0000-000000000000', version: -1 };
const ROWS_AT_ONCE = 500;

export function derivedStart(tables: SealedTables): DerivedPlace {
  return { tables: resourceTables(tables).flatMap((table) => [table, `${table}_history`]), ...FIRST };
}

export interface DerivedCheck {
  database: Database;
  tables: SealedTables;
  /** Types whose rows are being made anew: their columns are left out. */
  pending: ReadonlySet<string>;
  faults: Faults;
}

/** Looks at the next rows. @returns undefined where none is left */
export async function checkDerived(
  check: DerivedCheck,
  place: DerivedPlace,
): Promise<DerivedPlace | undefined> {
  const { database, tables: sealed } = check;
  const [stored, ...rest] = place.tables;
  if (stored === undefined) return undefined;
  const table = stored.replace(/_history$/, '');
  const rows = await database.query<StoredFacts & Record<string, unknown>>(
    {
      text: `SELECT ${typeOf(table, 'r', sealed)} AS type, r.id, r.version_id, r.content FROM ${quoted(stored)} AS r
        WHERE (r.id, r.version_id) > ($1::uuid, $2::integer) ORDER BY r.id, r.version_id LIMIT ${ROWS_AT_ONCE}`,
    },
    [place.id, place.version],
  );
  await compareRows(check, { table, stored }, rows);
  const last = rows.at(-1);
  if (rows.length < ROWS_AT_ONCE || !last) return { tables: rest, ...FIRST };
  return { ...place, id: last.id, version: last.version_id };
}

interface Where {
  /** The table of the type or types. */
  table: string;
  /** That, or its history. */
  stored: string;
}

async function compareRows(
  { database, tables: sealed, pending, faults }: DerivedCheck,
  where: Where,
  rows: readonly StoredFacts[],
): Promise<void> {
  const definitions = definitionsOf(sealed, where.table);
  const made: Record<string, unknown>[] = [];
  for (const row of rows) {
    if (pending.has(row.type)) continue;
    const definition = definitions.get(row.type);
    const derived = definition && derivedRow(definition, row);
    if (derived) made.push(derived);
    else faults.add(misplaced(row, where, sealed, definition));
  }
  if (made.length === 0) return;
  const columns = derivedColumnsOf([...definitions.values()]).map(quoted);
  const of = (alias: string): string => columns.map((column) => `${alias}.${column}`).join(', ');
  const different = await database.query<{ type: string; id: string; version: number; columns: string[] }>(
    {
      // As text, since a number with more zeros is the same number and yet was changed.
      text: `SELECT ${typeOf(where.table, 'r', sealed)} AS type, r.id, r.version_id AS version,
          ARRAY(SELECT key FROM jsonb_each(to_jsonb(r)) JOIN jsonb_each(to_jsonb(n)) AS m (key, value) USING (key)
            WHERE key = ANY($2::text[]) AND jsonb_each.value::text <> m.value::text ORDER BY key) AS columns
        FROM json_populate_recordset(NULL::${quoted(where.stored)}, $1::json) AS n
        JOIN ${quoted(where.stored)} AS r ON r.id = n.id AND r.version_id = n.version_id
        WHERE ROW(${of('r')})::text IS DISTINCT FROM ROW(${of('n')})::text ORDER BY r.id, r.version_id`,
    },
    [JSON.stringify(made), derivedColumnsOf([...definitions.values()])],
  );
  for (const { type, id, version, columns: names } of different)
    faults.add({
      kind: 'derived',
      record: { kind: type, id },
      text:
        `${type} ${id}, version ${version}: ${named(names)} not what the resource’s content gives. ` +
        `Run: homeward reindex ${type}`,
    });
}

function named(columns: readonly string[]): string {
  if (columns.length === 0) return 'its derived columns are';
  return columns.length === 1 ? `the column ${columns[0]} is` : `the columns ${columns.join(', ')} are`;
}

function misplaced(
  { type, id, version_id }: StoredFacts,
  { table, stored }: Where,
  { types }: SealedTables,
  definition: ResourceDefinition | undefined,
): { kind: 'derived' | 'row'; record: { kind: string; id: string }; text: string } {
  const record = { kind: type, id };
  const row = `${type} ${id}, version ${version_id}`;
  if (definition) return { kind: 'row', record, text: `${row}: the content is not a resource of this type.` };
  const right = types[type];
  if (right === undefined)
    return { kind: 'row', record, text: `${row}: the table ${stored} has a type that is not known.` };
  return {
    kind: 'derived',
    record,
    text: `${row}: is in the table ${table}, not in ${right}. Run: homeward reindex ${type}`,
  };
}

function definitionsOf({ definitions }: SealedTables, table: string): Map<string, ResourceDefinition> {
  return new Map(
    definitions.filter((each) => each.table.name === table).map((each) => [each.type, each] as const),
  );
}
