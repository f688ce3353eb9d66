/**
 * Finds stored Patients that only one lineage has sent. A correction of that lineage may replace what it said about
 * them.
 */
import { statementName, type Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import type { Earlier } from '../recognise/earlier-submissions';
import type { EntryRequest } from '../steps';
import type { StoredResource } from './stored-resource';

interface Correction {
  resources: ReadonlyMap<string, StoredResource>;
  requests: readonly EntryRequest[];
  corrected: Earlier | undefined;
  sender: string;
  /** The identifier of the lineage. */
  identifier: string | undefined;
}

/** Ids of the stored patients of a correction that no other lineage concerns. */
export async function patientsOfLineageAlone(
  tx: Queryable,
  { resources, requests, corrected, sender, identifier }: Correction,
  { patients, tables }: Pick<SubmissionDefinitions, 'patients' | 'tables'>,
): Promise<ReadonlySet<string>> {
  const ours = new Set<string>();
  if (!corrected || !requests.some(({ resource }) => resource.resourceType === patients.type)) return ours;
  for (const stored of resources.values()) {
    if (stored.type !== patients.type || corrected.patientId !== stored.id) continue;
    if (!(await hasOtherSubmissions(tx, stored.id, { sender, identifier }, tables))) ours.add(stored.id);
  }
  return ours;
}

/**
 * True when accepted submissions of other lineages (or of none) concern the patient too. The record of a submission
 * about several patients has no single patient, so its stored entries are searched.
 * @param tables the tables of resources
 */
async function hasOtherSubmissions(
  db: Queryable,
  patientId: string,
  { sender, identifier }: { sender: string; identifier: string | undefined },
  tables: readonly string[],
): Promise<boolean> {
  const isOther = `s.status = 'accepted' AND (s.sender <> $2 OR s.bundle_identifier IS DISTINCT FROM $3)`;
  const storedOf = tables.map((table) => `SELECT submission_id FROM "${table}" WHERE patient_id = $1`);
  const text = `SELECT 1 FROM submission AS s WHERE ${isOther}
      AND (s.patient_id = $1 OR s.patient_id IS NULL AND s.stored @> $4::jsonb)
    UNION ALL
    SELECT 1 FROM (${storedOf.join(' UNION ')}) AS w JOIN submission AS s ON s.id = w.submission_id
      WHERE s.patient_id IS NULL AND ${isOther}
    LIMIT 1`;
  const rows = await db.query({ name: statementName('others_of_patient', text), text }, [
    patientId,
    sender,
    identifier ?? null,
    JSON.stringify([{ id: patientId }]),
  ]);
  return rows.length > 0;
}
