/**
 * Finds the patient that an entry belongs to: an entry of its Bundle, named by reference or by an identifier, or a stored
 * patient named by a literal reference or an NHS number.
 */
import type { StoredResource } from '../stored-before/stored-resource';
import { viewOf, type MatchedEntry, type MatchInput } from './match-input';
import { patientByKey } from './patient-by-key';
import { patientIdOf, referencesAt, serverIdOf } from './references';

/**
 * The server's id of the patient that an entry belongs to. When the entry names several, such as the participants of an
 * appointment, the Patient of the Bundle is preferred.
 *
 * @returns undefined when it belongs to a Patient entry that has a fault, which has no id
 */
export function patientOf(
  each: MatchedEntry,
  input: MatchInput,
  byIndex: ReadonlyMap<number, MatchedEntry>,
): string | null | undefined {
  const { type } = input.patients;
  let first: string | null = null;
  for (const path of each.definition.table.patient) {
    for (const reference of referencesAt(each.request.resource, path.split('.'))) {
      const entry = input.resolve(reference, viewOf(each.request, input));
      const planned = entry && byIndex.get(entry.index);
      if (planned?.request.resource.resourceType === type) return planned.isFaulty ? undefined : planned.id;
      const { resource } = each.request;
      const byKey = patientByKey(reference, resource, input, byIndex);
      if (byKey?.isFaulty) return undefined;
      const literal = patientIdOf(reference, input.patients, resource) ?? byKey?.id;
      if (literal === undefined) continue;
      if (isInBundle(literal, input, byIndex)) return literal;
      if (input.before.hidden.has(literal) && serverIdOf(reference, type) !== undefined) continue;
      if (input.before.resources.has(`${type}/${literal}`)) first ??= literal;
    }
  }
  return first;
}

/** True of the id of a Patient of the Bundle. */
const isInBundle = (
  id: string,
  { patientIndexes }: Pick<MatchInput, 'patientIndexes'>,
  byIndex: ReadonlyMap<number, MatchedEntry>,
): boolean => patientIndexes.some((index) => byIndex.get(index)?.id === id);

/**
 * True when a stored resource has the patient of an entry, so that the entry may be its next version. Where the server
 * stores no patient, the references of both versions are compared later.
 */
export const isOfItsPatient = (each: MatchedEntry, stored: StoredResource, input: MatchInput): boolean =>
  stored.patientId === each.patientId || stored.patientId === null || keepsPatient(each, stored, input);

/**
 * True when neither the entry nor the stored version names the patient, and the entry's references lead to none: a List
 * whose items are removed stays with its patient.
 */
export function keepsPatient(
  { patientId, isLed, definition }: MatchedEntry,
  stored: StoredResource,
  { patients }: Pick<MatchInput, 'patients'>,
): boolean {
  if (patientId !== null || stored.patientId === null || isLed !== true) return false;
  return definition.table.patient
    .flatMap((path) => referencesAt(stored.content, path.split('.')))
    .every((reference) => patientIdOf(reference, patients, stored.content) !== stored.patientId);
}
