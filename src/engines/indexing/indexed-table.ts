/** A table of resources for reindexing and verification: its types, and where their versions are. */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { SqlValue } from '../../definitions/table';
import type { Queryable } from '../../platform/postgres';
import { derivedColumnsOf } from './columns';
import { derivedRow, type StoredFacts } from './stored-row';

export interface IndexedTable {
  name: string;
  /** The column with the type of a row, when types share the table. */
  typeColumn?: string;
  /** By type. */
  definitions: ReadonlyMap<string, ResourceDefinition>;
  /** The columns that are made from the content. */
  derived: readonly string[];
}

/** The tables of these definitions, without views of other tables. */
export function indexedTablesOf(definitions: readonly ResourceDefinition[]): IndexedTable[] {
  const names = new Map<string, ResourceDefinition[]>();
  for (const definition of definitions)
    if (definition.table.history !== false)
      names.set(definition.table.name, [...(names.get(definition.table.name) ?? []), definition]);
  return [...names].map(([name, own]) => {
    const typeColumn = own[0]?.table.typeColumn;
    return {
      name,
      ...(typeColumn === undefined ? {} : { typeColumn }),
      definitions: new Map(own.map((each) => [each.type, each])),
      derived: derivedColumnsOf(own),
    };
  });
}

export const historyOf = (table: string): string => `${table}_history`;

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The type of a row as SQL. */
export function typeSql({ typeColumn, definitions }: IndexedTable, alias: string): string {
  if (typeColumn !== undefined) return `${alias}.${quoted(typeColumn)}`;
  const [type = ''] = definitions.keys();
  return `'${type.replaceAll("'", "''")}'::text`;
}

export interface Derived {
  /** Rows with the expected derived columns. */
  made: Record<string, SqlValue>[];
  /** Versions whose type has no definition in this table, or whose content is not a resource of the type. */
  unmade: StoredFacts[];
}

export function deriveAll({ definitions }: IndexedTable, rows: readonly StoredFacts[]): Derived {
  const derived: Derived = { made: [], unmade: [] };
  for (const row of rows) {
    const definition = definitions.get(row.type);
    const made = definition && derivedRow(definition, row);
    if (made) derived.made.push(made);
    else derived.unmade.push(row);
  }
  return derived;
}

/**
 * The condition that a row `r` differs from the expected row `n`. Compares text, because a number with more zeros is
 * equal as a number and yet differs from the content.
 */
export function differs({ derived }: IndexedTable): string {
  const of = (alias: string): string => derived.map((name) => `${alias}.${quoted(name)}`).join(', ');
  return `ROW(${of('r')})::text IS DISTINCT FROM ROW(${of('n')})::text`;
}

export interface Difference {
  type: string;
  id: string;
  version: number;
  /** The columns that differ. */
  columns: string[];
}

/** The stored versions that differ from what is expected. @param stored the table or its history */
export async function differences(
  db: Queryable,
  table: IndexedTable,
  stored: string,
  made: Derived['made'],
): Promise<Difference[]> {
  if (made.length === 0) return [];
  return db.query<Difference & Record<string, unknown>>(
    {
      text: `SELECT ${typeSql(table, 'r')} AS type, r.id, r.version_id AS version,
          ARRAY(SELECT key FROM jsonb_each(to_jsonb(r)) AS stored (key, value)
            JOIN jsonb_each(to_jsonb(n)) AS made (key, value) USING (key)
            WHERE key = ANY($2::text[]) AND stored.value::text <> made.value::text ORDER BY key) AS columns
        FROM json_populate_recordset(NULL::${quoted(stored)}, $1::json) AS n
        JOIN ${quoted(stored)} AS r ON r.id = n.id AND r.version_id = n.version_id
        WHERE ${differs(table)} ORDER BY r.id, r.version_id`,
    },
    [JSON.stringify(made), table.derived],
  );
}
