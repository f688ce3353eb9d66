/** Writes rows of the audit trail: any number of them in one statement, durable when it returns. */
import type { SqlValue } from '../definitions/table';
import type { Queryable } from '../platform/postgres';

export async function insertAuditRows(
  db: Queryable,
  columns: readonly string[],
  rows: readonly Record<string, SqlValue>[],
): Promise<void> {
  const names = columns.join(', ');
  await db.query(
    {
      name: 'insert_audit_record',
      text: `INSERT INTO audit_record (${names}) SELECT ${names} FROM json_populate_recordset(NULL::audit_record, $1::json)`,
    },
    [JSON.stringify(rows)],
  );
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
