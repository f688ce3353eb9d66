/** The codings of a CodeableConcept, whatever its shape. */
import { isObject, type Json, type JsonObject } from '../../fhir/types';

export const SNOMED = 'http://snomed.info/sct';

export function codingsOf(concept: Json | undefined): JsonObject[] {
  return isObject(concept) && Array.isArray(concept.coding) ? concept.coding.filter(isObject) : [];
}

/** The SNOMED CT codes among them. */
export function snomedCodesOf(concept: Json | undefined): string[] {
  return codingsOf(concept).flatMap(({ system, code }) =>
    system === SNOMED && typeof code === 'string' ? [code] : [],
  );
}
