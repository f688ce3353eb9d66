/**
 * Finds the patients that a refused submission was about, for the audit trail and the register. A summary is about its
 * Patient entry. Any other Bundle is about every patient that an entry contains, names as its subject, searches for, or
 * whose stored data it would replace. An entry that names stored data by id, in a summary too, counts as a request for
 * that data, so its patient is recorded.
 * @see semantics "Reads are audited before they are answered"; docs/audit.md
 */
import type { Patients } from '../../../definitions/patients';
import { isNumber, numberText } from '../../../fhir/decimal';
import { isResourceType } from '../../../fhir/r4/definitions';
import { isObject, isResource, listOf, type AnyResource, type Json } from '../../../fhir/types';
import { inSlices } from '../../../platform/in-slices';
import { decodeEscapes } from '../../../platform/decode-escapes';
import { idsIn } from '../../../engines/store/owners';
import type { SubmitDependencies } from '../dependencies';
import { conditionsIn } from '../conditions/conditions-in';
import { containedPatient, referencesAt } from '../match/references';

/** The most patients that the record of a refusal names. The refusal showed and wrote nothing about any of them. */
const MOST_OF_A_REFUSAL = 200;

export interface PatientsNamed {
  nhsNumbers: string[];
  /** Server ids. An id that is not stored adds no patient. */
  patients: string[];
  /** False when the submission names more patients than are listed. */
  isAll: boolean;
}

/** @param what the Bundle, or the text of the body when it could not be read as a Bundle */
export async function patientsNamedIn(
  what: AnyResource | string,
  { definitions, match, commit }: Pick<SubmitDependencies, 'definitions' | 'match' | 'commit'>,
  most = MOST_OF_A_REFUSAL,
): Promise<PatientsNamed> {
  const { patients, isSummary, definitionOf } = definitions;
  const bundle = typeof what === 'string' ? undefined : what;
  const numbers = new Set(
    typeof what === 'string' ? await inSlices(commit.nhsNumbersInBody(what)) : patients.nhsNumbersIn(what),
  );
  const conditions = bundle ? conditionsIn(bundle) : [];
  const addresses = typeof what === 'string' ? [what] : [...conditions, ...literalsIn(what)];
  const ids = new Set(idsIn(addresses.map(decodeEscapes), most + 1));
  if (bundle && numbers.size === 0)
    for (const nhsNumber of spelledIn(bundle, patients)) numbers.add(nhsNumber);
  if (bundle && !(numbers.size > 0 && isSummary(bundle))) {
    for (const nhsNumber of commit.nhsNumbersIn(conditions.map(decodeEscapes))) numbers.add(nhsNumber);
    for (const { resource } of listOf(bundle.entry).filter(isObject)) {
      if (!isResource(resource) || !isResourceType(resource.resourceType)) continue;
      for (const path of definitionOf(resource.resourceType).table.patient)
        for (const reference of referencesAt(resource, path.split('.'))) {
          const inside = containedPatient(reference, patients, resource)?.identifier;
          for (const identifier of [...listOf(reference.identifier), ...listOf(inside)]) {
            const nhsNumber = readIdentifier(identifier, patients);
            if (nhsNumber !== undefined) numbers.add(nhsNumber);
          }
        }
    }
  }
  const stored = await match.patientsBehind([...ids].slice(0, most));
  for (const nhsNumber of (await commit.nhsNumbersOf(stored.patients)).values()) numbers.add(nhsNumber);
  const nhsNumbers = [...numbers].slice(0, most);
  return {
    nhsNumbers,
    patients: [...new Set([...stored.patients, ...nhsNumbers.map((nhsNumber) => patients.idOf(nhsNumber))])],
    isAll: stored.isAll && ids.size <= most && numbers.size <= most,
  };
}

/** The NHS numbers of the Patient entries as somebody wrote them: with spaces or dashes, as a number, without a system. */
function* spelledIn(bundle: AnyResource, patients: Patients): Generator<string> {
  for (const { resource } of listOf(bundle.entry).filter(isObject)) {
    if (!isResource(resource) || resource.resourceType !== patients.type) continue;
    for (const identifier of listOf(resource.identifier)) {
      const nhsNumber = readIdentifier(identifier, patients);
      if (nhsNumber !== undefined) yield nhsNumber;
    }
  }
}

/** The ten digits of an Identifier; without a system, of one whose check digit is right. */
function readIdentifier(identifier: unknown, patients: Patients): string | undefined {
  if (!isObject(identifier)) return undefined;
  const { system, value } = identifier;
  if (system !== undefined && system !== patients.identifierSystem) return undefined;
  const written = isNumber(value) ? numberText(value) : value;
  if (typeof written !== 'string') return undefined;
  const { digits, isRight } = patients.readNumber(written);
  return isRight || (system !== undefined && /^\d{10}$/.test(digits)) ? digits : undefined;
}

/** The addresses in a Bundle: urls of requests, literal references, and addresses of documents. */
function literalsIn(bundle: AnyResource): string[] {
  const found: string[] = [];
  const walk = (value: Json | undefined): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    else if (isObject(value))
      for (const [name, item] of Object.entries(value)) {
        if (typeof item !== 'string') walk(item);
        else if ((name === 'reference' || name === 'url') && !item.startsWith('urn:')) found.push(item);
      }
  };
  walk(bundle.entry);
  return found;
}
