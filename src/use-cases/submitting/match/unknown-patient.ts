/**
 * Refuses an entry that cannot be stored under the patient that it names: no such patient is stored, or the stored
 * patient is another person. Without a stored patient the entry would belong to no record, and an entry that names a
 * patient by number alone has no birth date to compare. So the Patient must be sent first, or in the same Bundle.
 * @see docs/decisions/0052-named-by-number-alone.md
 */
import { isTakenForAPatient } from '../../../definitions/patient-references';
import { referencesIn } from '../../../fhir/r4/references-in';
import { isObject, listOf, type JsonObject } from '../../../fhir/types';
import type { Failure } from '../steps';
import { fault } from './entry-fault';
import type { MatchedEntry, MatchInput } from './match-input';
import { containedPatient, referencesAt, serverIdOf } from './references';

/** The fault of an entry that cannot be stored under the patient that it names; undefined when it can. */
export const cannotBeFiled = (each: MatchedEntry, input: MatchInput): Failure | undefined =>
  each.patientId === null
    ? (namesUnknownPatient(each, input) ?? namesNobodyKnown(each, input))
    : namesOtherPerson(each, input);

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
    return unknown(each, path, text);
  }
  return undefined;
}

/**
 * The fault of a reference that names the patient by another identifier, such as a hospital number, which no Patient of
 * the Bundle has, by display alone, or by a contained Patient without an NHS number.
 */
export function namesNobodyKnown(
  each: Pick<MatchedEntry, 'definition' | 'request'>,
  { patients, people }: Pick<MatchInput, 'people'> & { patients: Pick<MatchInput['patients'], 'type'> },
): Failure | undefined {
  const { definition, request } = each;
  const { resource } = request;
  if (definition.table.patient.length === 0) return undefined;
  const elements = new Set(definition.table.patient.map((path) => `${resource.resourceType}.${path}`));
  for (const met of referencesIn(resource).references) {
    if (!elements.has(met.element)) continue;
    const { reference: text, identifier, display } = met.reference;
    if (typeof text === 'string' && text !== '') {
      if (containedPatient(met.reference, patients, resource)) return unknown(each, met.place, CONTAINED);
    } else if (isTakenForAPatient(met, people)) {
      if (isObject(identifier)) return unknown(each, met.place, OTHER_IDENTIFIER);
      if (typeof display === 'string') return unknown(each, met.place, DISPLAY);
    }
  }
  return undefined;
}

const HOW =
  'Refer to the patient by NHS number, by a search such as Patient?identifier=system|value, or by the fullUrl of a Patient in the same Bundle.';
const OTHER_IDENTIFIER = `No Patient in this Bundle has this identifier. ${HOW} If the reference is not to a patient, give its type in Reference.type.`;
const DISPLAY = `This reference gives a display only, so it does not say who the patient is. ${HOW} If the reference is not to a patient, give its type in Reference.type.`;
const CONTAINED = `The contained Patient has no NHS number, and no Patient in this Bundle has its identifier. ${HOW}`;

const unknown = ({ request }: Pick<MatchedEntry, 'request'>, path: string, text: string): Failure => ({
  category: 'invalid',
  issues: [
    {
      severity: 'error',
      code: 'not-found',
      rule: 'submission-unknown-patient',
      text,
      expression: `Bundle.entry[${request.index}].resource.${path}`,
    },
  ],
});

/**
 * The fault of a contained Patient with the NHS number of a stored patient, and another birth date, wherever the entry
 * refers to it.
 */
export function namesOtherPerson(
  each: MatchedEntry,
  { patients, before }: Pick<MatchInput, 'patients' | 'before'>,
): Failure | undefined {
  const { resource } = each.request;
  const stored = before.resources.get(`${patients.type}/${each.patientId}`);
  if (!stored) return undefined;
  const contained = listOf(resource.contained).filter(isObject);
  for (const [index, person] of contained.entries()) {
    if (person.resourceType !== patients.type) continue;
    const named = listOf(person.identifier).filter(isObject);
    const isIt = named.some((identifier) => patients.idOfLogical({ identifier }) === each.patientId);
    if (!isIt || !patients.birthDatesDiffer(stored.content.birthDate, person.birthDate)) continue;
    const [first] = patientReferencesOf(each).filter(
      ({ reference }) => containedPatient(reference, patients, resource) === person,
    );
    return fault(
      each,
      'conflict',
      'submission-other-person',
      'The NHS number of the contained Patient is stored here with another birth date. Check that the entry is for the right person.',
      `resource.${first?.path ?? `contained[${index}]`}`,
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
