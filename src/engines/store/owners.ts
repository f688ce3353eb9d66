/**
 * Whose data lies behind ids that somebody named: for the audit trail, which names the patient of an attempt whether
 * anything was shown or not.
 */
import type { TableDefinition } from '../../definitions/table';
import { statementName, type Queryable } from '../../platform/postgres';

/** Where else ids of the server are kept beside the patient's id. */
const ALSO = ['submission', 'binary'];

/** @returns a look-up of the patients of resources, submissions and documents, by their ids, withdrawn ones too */
export function ownersIn(
  tables: readonly Pick<TableDefinition, 'name' | 'history'>[],
): (db: Queryable, ids: readonly string[]) => Promise<string[]> {
  const names = new Set([
    ...tables.flatMap(({ name, history }) => (history === false ? [] : [name, `${name}_history`])),
    ...ALSO,
  ]);
  const branches = [...names].map((name) => `SELECT patient_id FROM "${name}" WHERE id = ANY($1::uuid[])`);
  branches.push('SELECT unnest(patients) FROM submission WHERE id = ANY($1::uuid[])');
  const text = `SELECT DISTINCT patient_id FROM (${branches.join(' UNION ALL ')}) AS owned WHERE patient_id IS NOT NULL`;
  const statement = { name: statementName('owners', text), text };
  return async (db, ids) => {
    if (ids.length === 0) return [];
    const rows = await db.query<{ patient_id: string }>(statement, [ids]);
    return rows.map((row) => row.patient_id);
  };
}

const ID = /(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])/gi;
/** More than any question of a person names. */
const MOST_IDS = 1000;

/** The server's ids in texts, each once. */
export function idsIn(texts: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const text of texts)
    for (const [id] of text.matchAll(ID)) if (found.size < MOST_IDS) found.add(id.toLowerCase());
  return [...found];
}
