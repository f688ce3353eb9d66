/**
 * How confidential something is (HL7's v3-Confidentiality). PDS labels a Patient `R` where nobody may learn where the
 * person lives (the S flag).
 * @see https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html
 */
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../fhir/types';

export const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

/** True for a label of this code system, whatever it says. */
export const isConfidentiality = (label: Json): label is JsonObject =>
  isObject(label) && label.system === CONFIDENTIALITY;

/** True for `R` (restricted) and `V` (very restricted). */
export const isRestricted = (label: Json): boolean =>
  isConfidentiality(label) && (label.code === 'R' || label.code === 'V');

/** The security labels of a resource: the `Coding`s of `meta.security`. */
export const labelsOf = ({ meta }: AnyResource): Json[] =>
  isObject(meta) ? listOf<Json>(meta.security) : [];

/** The labels of a DocumentReference: those of its content (`securityLabel`) and those of the resource. */
export const labelsOfDocument = (document: AnyResource): Json[] => [
  ...listOf(document.securityLabel)
    .filter(isObject)
    .flatMap(({ coding }) => listOf<Json>(coding)),
  ...labelsOf(document),
];

/**
 * The highest confidentiality that these resources have: what is put together of them has it, too.
 * @returns undefined where nothing is restricted
 * @see https://hl7.org/fhir/R4/security-labels.html#hcs
 */
export function restrictionOf(resources: readonly AnyResource[]): JsonObject | undefined {
  const codes = resources
    .flatMap((resource) => labelsOfDocument(resource))
    .filter(isRestricted)
    .flatMap((label) => (isObject(label) && typeof label.code === 'string' ? label.code : []));
  if (codes.length === 0) return undefined;
  return codes.includes('V')
    ? { system: CONFIDENTIALITY, code: 'V', display: 'very restricted' }
    : { system: CONFIDENTIALITY, code: 'R', display: 'restricted' };
}
