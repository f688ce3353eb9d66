/** The codings of a CodeableConcept, whatever its shape. */
import { SNOMED_CT } from '../../fhir/code-systems';
import { isObject, type Json, type JsonObject } from '../../fhir/types';

export function codingsOf(concept: Json | undefined): JsonObject[] {
  return isObject(concept) && Array.isArray(concept.coding) ? concept.coding.filter(isObject) : [];
}

/** The SNOMED CT codes among them. */
export function snomedCodesOf(concept: Json | undefined): string[] {
  return codingsOf(concept).flatMap(({ system, code }) =>
    system === SNOMED_CT && typeof code === 'string' ? [code] : [],
  );
}
