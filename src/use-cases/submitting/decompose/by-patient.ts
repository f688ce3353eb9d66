/** Groups what a submission wrote by the patient that it belongs to. */
import type { Plan } from '../next-version/plan';
import type { StoredEntry } from '../steps';

/**
 * Groups the entries for the Provenance records: when there are several patients, each has a Provenance of their own.
 */
export function byPatient(
  { entries, patientId, patients }: Plan,
  stored: readonly StoredEntry[],
): Map<string | null, StoredEntry[]> {
  if (patients.size < 2) return new Map([[patientId, [...stored]]]);
  const ownerOf = new Map(entries.map((each) => [each.request.index, each.patientId]));
  const groups = new Map<string | null, StoredEntry[]>();
  for (const entry of stored) {
    const owner = ownerOf.get(entry.index) ?? null;
    groups.set(owner, [...(groups.get(owner) ?? []), entry]);
  }
  return groups;
}
