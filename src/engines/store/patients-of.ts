/** Finds the patients that own stored resources, by type and id, in one statement, for current and withdrawn ones. */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { statementName, type Queryable } from '../../platform/postgres';

export interface Owned {
  type: string;
  id: string;
  patientId: string | null;
  /** The current resource, when no patient owns it, because it may still name patients; or when it may be in error. */
  content: string | null;
  /** The sender of this version. */
  sender: string | null;
}

/** The type of documents, which have their own table. */
const BINARY = 'Binary';

/** A resource that is not stored has no row in the result. */
export async function patientsOfResources(
  db: Queryable,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
  definitionOf: (type: string) => ResourceDefinition,
): Promise<Owned[]> {
  const branches: string[] = [];
  const values: unknown[] = [];
  for (const [type, ids] of wanted) {
    const { name, typeColumn, history } = definitionOf(type).table;
    const isIt = [
      `id = ANY($${values.push([...ids])}::uuid[])`,
      ...(typeColumn === undefined ? [] : [`"${typeColumn}" = $${values.push(type)}`]),
    ].join(' AND ');
    const select = `SELECT '${type}' AS type, id, patient_id`;
    const content = `CASE WHEN patient_id IS NULL OR content LIKE '%"entered-in-error"%' THEN content END AS content`;
    branches.push(`${select}, ${content}, sender FROM "${name}" WHERE ${isIt}`);
    // One row for each sender: what all share may have any number of versions.
    if (history !== false)
      branches.push(
        `SELECT DISTINCT '${type}' AS type, id, patient_id, NULL, sender FROM "${name}_history" WHERE ${isIt}`,
      );
    if (type === BINARY)
      branches.push(
        `${select}, NULL, (SELECT s.sender FROM submission AS s WHERE s.id = submission_id) FROM "binary" WHERE id = ANY($${values.length - (typeColumn === undefined ? 0 : 1)}::uuid[])`,
      );
  }
  if (branches.length === 0) return [];
  const text = branches.join('\nUNION ALL\n');
  const rows = await db.query<{
    type: string;
    id: string;
    patient_id: string | null;
    content: string | null;
    sender: string | null;
  }>({ name: statementName('patients_of', text), text }, values);
  return rows.map(({ patient_id, ...row }) => ({ ...row, patientId: patient_id }));
}
