/**
 * Whom a refused submission was about, for the audit trail and the register: a summary about its Patient entry, anything
 * else about every patient whom an entry brings, names as its own, or has stored data of that it would replace.
 * @see semantics "Reads are audited before they are answered"; docs/audit.md
 */
import { isResourceType } from '../../../fhir/r4/definitions';
import { isObject, isResource, listOf, type AnyResource } from '../../../fhir/types';
import { idsIn } from '../../../engines/store/owners';
import type { SubmitDependencies } from '../dependencies';
import { referencesAt, serverIdOf } from '../match/plan';

/** Patients that the record of a refusal names: nothing was told or written of any of them. */
const MOST_OF_A_REFUSAL = 200;

export interface PatientsNamed {
  nhsNumbers: string[];
  /** Server ids. An id that is stored nowhere is nobody's. */
  patients: string[];
  /** False where it names more of them. */
  isAll: boolean;
}

export async function patientsNamedIn(
  bundle: AnyResource | undefined,
  {
    patients,
    isSummary,
    definitionOf,
    patientsBehind,
    nhsNumbersOf,
  }: Pick<SubmitDependencies, 'patients' | 'isSummary' | 'definitionOf' | 'patientsBehind' | 'nhsNumbersOf'>,
): Promise<PatientsNamed> {
  const numbers = new Set(patients.nhsNumbersIn(bundle));
  const ids = new Set<string>();
  if (bundle && !(numbers.size > 0 && isSummary(bundle))) {
    for (const { resource, request } of listOf(bundle.entry).filter(isObject)) {
      if (isObject(request) && typeof request.url === 'string')
        for (const id of idsIn([request.url])) ids.add(id);
      if (!isResource(resource) || !isResourceType(resource.resourceType)) continue;
      for (const path of definitionOf(resource.resourceType).table.patient)
        for (const reference of referencesAt(resource, path.split('.'))) {
          const id = serverIdOf(reference, patients.type);
          if (id !== undefined) ids.add(id);
          const nhsNumber = patients.nhsNumberOfLogical(reference);
          if (nhsNumber !== undefined) numbers.add(nhsNumber);
        }
    }
  }
  const stored = await patientsBehind([...ids].slice(0, MOST_OF_A_REFUSAL));
  for (const nhsNumber of (await nhsNumbersOf(stored)).values()) numbers.add(nhsNumber);
  const nhsNumbers = [...numbers].slice(0, MOST_OF_A_REFUSAL);
  return {
    nhsNumbers,
    patients: [...new Set([...stored, ...nhsNumbers.map((nhsNumber) => patients.idOf(nhsNumber))])],
    isAll: ids.size <= MOST_OF_A_REFUSAL && numbers.size <= MOST_OF_A_REFUSAL,
  };
}
