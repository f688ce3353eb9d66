/** What of the database the ledger covers, as tampering sees it: tables, columns, keys, and how many rows there are. */
import { sealedTables } from '../../src/app';
import { resourceTables } from '../../src/engines/ledger/sealed-tables';
import { currentShape } from '../../src/engines/ledger/sealed-columns';
import type { Database } from '../../src/platform/postgres';

export interface Table {
  name: string;
  columns: readonly { name: string; type: string }[];
  /** The columns of its primary key. */
  key: readonly string[];
  rows: number;
}

/** Tables of records: a row's place in the ledger is its `xid`. */
export const RECORDS = ['submission', 'audit_record', 'review_mark', 'ledger_tombstone', 'audit_month'];

/** Every table that the ledger covers, those of the ledger itself too. */
export async function tablesOf(database: Database): Promise<Table[]> {
  const shape = await currentShape(database);
  const names = [
    ...Object.keys(shape.tables),
    ...resourceTables(sealedTables).flatMap((name) => [name, `${name}_history`]),
    'document_bytes',
    'ledger_seal',
    'ledger_shape',
  ];
  const rows = await database.query<Omit<Table, 'rows'>>(
    {
      text: `SELECT c.table_name AS name,
          json_agg(json_build_object('name', c.column_name, 'type', c.udt_name) ORDER BY c.ordinal_position) AS columns,
          (SELECT coalesce(json_agg(a.attname), '[]') FROM pg_index AS i JOIN pg_attribute AS a
            ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
            WHERE i.indisprimary AND i.indrelid = to_regclass(quote_ident(c.table_name))) AS key
        FROM information_schema.columns AS c WHERE c.table_schema = 'public' AND c.table_name = ANY($1)
        GROUP BY c.table_name ORDER BY c.table_name`,
    },
    [names],
  );
  const tables: Table[] = [];
  for (const row of rows) {
    const [counted] = await database.query<{ rows: number }>({
      text: `SELECT count(*)::int AS rows FROM "${row.name}"`,
    });
    tables.push({ ...row, rows: counted!.rows });
  }
  return tables;
}
