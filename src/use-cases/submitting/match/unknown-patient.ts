/**
 * Refuses an entry that cannot be stored under the patient that it names: no such patient is stored, or the stored
 * patient is another person. Without a stored patient the entry would belong to no record, and an entry that names a
 * patient by number alone has no birth date to compare. So the Patient must be sent first, or in the same Bundle.
 * @see docs/decisions/0052-named-by-number-alone.md
 */
import { isObject, listOf, type JsonObject } from '../../../fhir/types';
import type { Failure } from '../steps';
import { fault } from './entry-fault';
import type { MatchedEntry, MatchInput } from './match-input';
import { containedPatient, referencesAt, serverIdOf } from './references';

/** The fault of an entry that cannot be stored under the patient that it names; undefined when it can. */
export const cannotBeFiled = (each: MatchedEntry, input: MatchInput): Failure | undefined =>
  each.patientId === null ? namesUnknownPatient(each, input) : namesOtherPerson(each, input);

/**
 * The fault of a reference to a Patient that is not stored, by id, by NHS number, or by a contained Patient with one.
 */
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

/** The fault of a contained Patient with the NHS number of a stored patient, and another birth date. */
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
