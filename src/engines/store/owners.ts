/**
 * Finds the patients that own the ids in a request, for the audit trail, which names the patient of an attempt whether
 * or not anything was shown.
 */
import { UUID } from '../../fhir/uuid';
import type { TableDefinition } from '../../definitions/table';
import { statementName, type Queryable } from '../../platform/postgres';

/** Other tables that store an id of the server with the id of its patient. */
const ALSO = ['submission', 'binary'];

/**
 * @returns a function that finds the patients of resources, submissions and documents by their ids, withdrawn ones
 * included
 */
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

export interface Owner {
  id: string;
  patientId: string | null;
  /** The sender of this version. */
  sender: string;
}

/** Finds the patients and senders of resources by id: a row for each sender of a version, current or past. */
export async function findOwners(
  db: Queryable,
  tables: readonly string[],
  ids: readonly string[],
): Promise<Owner[]> {
  if (ids.length === 0) return [];
  const text = tables
    .flatMap((table) => [table, `${table}_history`])
    .map((table) => `SELECT id, patient_id AS "patientId", sender FROM "${table}" WHERE id = ANY($1::uuid[])`)
    .join(' UNION ');
  return db.query<Owner & Record<string, unknown>>({ name: statementName('find_owners', text), text }, [ids]);
}

const ID = new RegExp(`(?<![0-9a-f-])${UUID}(?![0-9a-f-])`, 'gi');
/** The most ids that are looked up; a person's request contains fewer. */
const MOST_IDS = 1000;

/** The server's ids in texts, each once. */
export function idsIn(texts: Iterable<string>, most = MOST_IDS): string[] {
  const found = new Set<string>();
  for (const text of texts)
    for (const [id] of text.matchAll(ID)) if (found.size < most) found.add(id.toLowerCase());
  return [...found];
}
