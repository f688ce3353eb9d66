/**
 * Computes the derived columns of every row again and compares them with the stored ones, for sealed and unsealed rows.
 * A changed search column, and a row in a table of another type, are each a separate kind of fault. PostgreSQL compares
 * the values, so that each is compared as the type of its column.
 */
import type { Database } from '../../platform/postgres';
import {
  deriveAll,
  differences,
  historyOf,
  indexedTablesOf,
  quoted,
  typeSql,
  type IndexedTable,
} from '../indexing/indexed-table';
import type { StoredFacts } from '../indexing/stored-row';
import type { Fault, Faults } from './fault';
import type { SealedTables } from './sealed-tables';

export interface DerivedCheck {
  database: Database;
  tables: SealedTables;
  /** Types whose rows are being rebuilt: their columns are not compared. */
  pending: ReadonlySet<string>;
  faults: Faults;
}

/** The position of the check in the tables. */
export interface DerivedPlace {
  /** The tables that remain, the current one first. */
  tables: readonly { table: IndexedTable; stored: string }[];
  /** The last row that was checked. */
  id: string;
  version: number;
}

const FIRST = { id: '00000000-0000-0000-0000-000000000000', version: -1 };
/** The server's event loop is blocked while these rows are computed. */
const ROWS_AT_ONCE = 200;

export function derivedStart({ definitions }: SealedTables): DerivedPlace {
  const tables = indexedTablesOf(definitions).flatMap((table) => [
    { table, stored: table.name },
    { table, stored: historyOf(table.name) },
  ]);
  return { tables, ...FIRST };
}

/** The next table, when the current one is complete or cannot be read. */
export const derivedNext = ({ tables }: DerivedPlace): DerivedPlace => ({
  tables: tables.slice(1),
  ...FIRST,
});

/** Checks the next rows. @returns undefined when none remain */
export async function checkDerived(
  { database, tables, pending, faults }: DerivedCheck,
  place: DerivedPlace,
): Promise<DerivedPlace | undefined> {
  const [hand] = place.tables;
  if (hand === undefined) return undefined;
  const { table, stored } = hand;
  const rows = await database.query<StoredFacts & Record<string, unknown>>(
    {
      text: `SELECT ${typeSql(table, 'r')} AS type, r.id, r.version_id, r.content FROM ${quoted(stored)} AS r
        WHERE (r.id, r.version_id) > ($1::uuid, $2::integer) ORDER BY r.id, r.version_id LIMIT ${ROWS_AT_ONCE}`,
    },
    [place.id, place.version],
  );
  const { made, unmade } = deriveAll(
    table,
    rows.filter(({ type }) => !pending.has(type)),
  );
  for (const row of unmade) faults.add(unmadeFault(row, table, tables));
  for (const { type, id, version, columns } of await differences(database, table, stored, made))
    faults.add({
      kind: 'derived',
      record: { kind: type, id },
      text:
        `${type} ${id}, version ${version}: ${named(columns)} not what the content of the resource gives. ` +
        `Run: homeward reindex ${type}`,
    });
  const last = rows.at(-1);
  if (rows.length < ROWS_AT_ONCE || !last) return derivedNext(place);
  return { ...place, id: last.id, version: last.version_id };
}

function named(columns: readonly string[]): string {
  if (columns.length === 0) return 'its derived columns are';
  return columns.length === 1 ? `the column ${columns[0]} is` : `the columns ${columns.join(', ')} are`;
}

function unmadeFault(
  { type, id, version_id }: StoredFacts,
  { name, definitions }: IndexedTable,
  { types }: SealedTables,
): Fault {
  const record = { kind: type, id };
  const row = `${type} ${id}, version ${version_id}`;
  if (definitions.has(type))
    return { kind: 'row', record, text: `${row}: the content is not a resource of this type.` };
  const right = types[type];
  if (right === undefined)
    return { kind: 'row', record, text: `${row}: is in the table ${name}, and has no definition.` };
  return {
    kind: 'derived',
    record,
    text: `${row}: is in the table ${name}, not in ${right}. Run: homeward reindex ${type}`,
  };
}
