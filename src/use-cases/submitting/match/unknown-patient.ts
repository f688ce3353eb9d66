/**
 * What keeps an entry from being filed on the patient whom it names: no such patient is stored here, or another person
 * is. What is filed under nobody joins no record, and what names a patient by number alone cannot be asked for a birth
 * date. So the Patient comes first, or in the same Bundle.
 * @see docs/decisions/0052-named-by-number-alone.md
 */
import { isObject, listOf, type JsonObject } from '../../../fhir/types';
import type { Failure } from '../steps';
import { fault } from './entry-fault';
import type { MatchedEntry, MatchInput } from './match-input';
import { containedPatient, referencesAt, serverIdOf } from './references';

/** What speaks against filing an entry on the patient whom it names. */
export const cannotBeFiled = (each: MatchedEntry, input: MatchInput): Failure | undefined =>
  each.patientId === null ? namesUnknownPatient(each, input) : namesOtherPerson(each, input);

/** A reference to a Patient whom there is not here, by id, by NHS number, or by a contained Patient with one. */
function namesUnknownPatient(each: MatchedEntry, { patients }: MatchInput): Failure | undefined {
  const { resource } = each.request;
  const isNhsNumber = (identifier: unknown): boolean =>
    isObject(identifier) && identifier.system === patients.identifierSystem;
  const byNumber = (reference: JsonObject): boolean =>
    (reference.reference === undefined && isNhsNumber(reference.identifier)) ||
    listOf(containedPatient(reference, patients, resource)?.identifier).some(isNhsNumber);
  for (const { reference, path } of patientReferencesOf(each)) {
    const isById = serverIdOf(reference, patients.type) !== undefined;
    if (!isById && !byNumber(reference)) continue;
    const text = isById
      ? `The ${patients.type} does not exist on this server. Use the id that the server assigned, or send the ${patients.type} in the same Bundle.`
      : `This server has no ${patients.type} with this NHS number. Send the ${patients.type} first, or in the same Bundle.`;
    return {
      category: 'invalid',
      issues: [
        {
          severity: 'error',
          code: 'not-found',
          rule: 'submission-unknown-patient',
          text,
          expression: `Bundle.entry[${each.request.index}].resource.${path}`,
        },
      ],
    };
  }
  return undefined;
}

/** A contained Patient with the NHS number of a stored one, and another birth date. */
function namesOtherPerson(
  each: MatchedEntry,
  { patients, before }: Pick<MatchInput, 'patients' | 'before'>,
): Failure | undefined {
  const stored = before.resources.get(`${patients.type}/${each.patientId}`);
  if (!stored) return undefined;
  for (const { reference, path } of patientReferencesOf(each)) {
    const contained = containedPatient(reference, patients, each.request.resource);
    if (!contained || !patients.birthDatesDiffer(stored.content.birthDate, contained.birthDate)) continue;
    return fault(
      each,
      'conflict',
      'submission-other-person',
      'The NHS number of the contained Patient is stored here with another birth date. Check that the entry is for the right person.',
      `resource.${path}`,
    );
  }
  return undefined;
}

function patientReferencesOf({
  request,
  definition,
}: MatchedEntry): { reference: JsonObject; path: string }[] {
  return definition.table.patient.flatMap((path) =>
    referencesAt(request.resource, path.split('.')).map((reference) => ({ reference, path })),
  );
}
