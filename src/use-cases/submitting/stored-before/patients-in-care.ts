/**
 * Whether a sender has a patient in care: it has stored a stay or a document of the patient, and has not retracted it.
 * @see semantics "Who is who"; docs/access.md
 */
import { isUuid } from '../../../fhir/uuid';
import type { Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import type { EntryRequest } from '../steps';

interface Sent {
  requests: readonly EntryRequest[];
  /** True for a summary. It contains a stay and a document itself, so only its updates are checked. */
  isSummary: boolean;
  /** What each condition finds in the store, by the entry's index. */
  found: ReadonlyMap<number, readonly string[]>;
  sender: string;
}

/**
 * Of the stored patients that a transaction updates or sends again, those of whom the sender has stored a stay or a
 * document.
 */
export async function patientsInCare(
  tx: Queryable,
  { requests, isSummary, found, sender }: Sent,
  { patients }: Pick<SubmissionDefinitions, 'patients'>,
): Promise<ReadonlySet<string>> {
  const ids = requests
    .filter(({ resource }) => resource.resourceType === patients.type)
    .flatMap(({ index, update, resource }) => {
      if (update === undefined && isSummary) return [];
      if (update && 'id' in update) return [update.id].filter(isUuid);
      // A condition finds only what the sender may see, but the NHS number identifies the Patient in any case.
      const own = patients.idOfResource(resource);
      return [...(found.get(index) ?? []), ...(own === undefined ? [] : [own])];
    });
  return ids.length === 0 ? new Set() : findPatientsOf(tx, patients.careTables, sender, ids);
}

/** Of these patients, those of whom the sender has stored something in one of the tables. */
async function findPatientsOf(
  db: Queryable,
  tables: readonly string[],
  sender: string,
  patientIds: readonly string[],
): Promise<Set<string>> {
  // Who has retracted every stay and document of the patient takes no part in the care.
  const text = tables
    .map(
      (table) =>
        `SELECT patient_id FROM "${table}" WHERE patient_id = ANY($1::uuid[]) AND sender = $2
          AND status IS DISTINCT FROM 'entered-in-error'`,
    )
    .join(' UNION ');
  const rows = await db.query<{ patient_id: string }>({ name: 'patients_of_sender', text }, [
    patientIds,
    sender,
  ]);
  return new Set(rows.map(({ patient_id }) => patient_id));
}
