/** The first SNOMED CT code of a CodeableConcept, or of a list of them. */
import { SNOMED_CT } from '../../fhir/code-systems';
import { isObject, listOf } from '../../fhir/types';

export function snomedCode(concepts: unknown): string | null {
  for (const concept of listOf(concepts)) {
    if (!isObject(concept)) continue;
    for (const coding of listOf(concept.coding))
      if (isObject(coding) && coding.system === SNOMED_CT && typeof coding.code === 'string')
        return coding.code;
  }
  return null;
}
