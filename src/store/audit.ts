/** Writes rows of the audit trail: any number of them in one statement, durable when it returns. */
import type { SqlValue } from '../definitions/table';
import type { Queryable } from '../platform/postgres';

type Row = Readonly<Record<string, SqlValue>>;

/**
 * Up to so many rows travel as parameters: a statement is prepared for each number of them, and PostgreSQL has nothing
 * to take apart. It took a third less of PostgreSQL's time than a JSON text of the same rows.
 */
const MOST_AS_PARAMETERS = 16;

export async function insertAuditRows(
  db: Queryable,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const names = columns.join(', ');
  if (rows.length <= MOST_AS_PARAMETERS)
    await db.query(
      {
        name: `insert_audit_record_${rows.length}`,
        text: `INSERT INTO audit_record (${names}) VALUES ${placeholders(rows.length, columns.length)}`,
      },
      rows.flatMap((row) => columns.map((column) => row[column])),
    );
  else
    await db.query(
      {
        name: 'insert_audit_record',
        text: `INSERT INTO audit_record (${names}) SELECT ${names} FROM json_populate_recordset(NULL::audit_record, $1::json)`,
      },
      [JSON.stringify(rows)],
    );
}

/** `($1, $2), ($3, $4)`. */
function placeholders(rows: number, columns: number): string {
  return Array.from(
    { length: rows },
    (_, row) =>
      `(${Array.from({ length: columns }, (__, column) => `$${row * columns + column + 1}`).join(', ')})`,
  ).join(', ');
}

/** The value of a column that finds a resource by its id: a patient's NHS number, for the names in the trail. */
export async function readColumnByIds(
  db: Queryable,
  table: string,
  column: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db.query<{ id: string; value: string | null }>(
    {
      name: `audit_${table}_${column}`,
      text: `SELECT id, "${column}" AS value FROM "${table}" WHERE id = ANY($1::uuid[])`,
    },
    [ids],
  );
  return new Map(rows.flatMap(({ id, value }) => (value === null ? [] : [[id, value]])));
}
