/**
 * The Norm names of the guidance's defect register (and the four that its README adds), in the order in which repairs
 * run: keys, shapes, primitives, choices, codes, references. A later repair sees what an earlier one mended.
 */
export const norms = [
  // Keys.
  'key-trailing-colon',
  'key-case',
  // Shapes.
  'shape-array-to-object',
  'shape-object-to-array',
  'note-string',
  // Primitives.
  'type-string-to-number',
  'type-string-to-bool',
  'zone-assumed',
  // Choice elements.
  'deceased-both',
  // Codes and identifiers.
  'enc-status-final',
  'docstatus-illegal',
  'content-type-absent',
  'nhsstatus-legacy',
  'snomed-system',
  'snomed-acvpu-alias',
  'nhs-number-system',
  'nhs-number-spacing',
  'vw-org-04',
  'ods-code-case',
  'telecom-no-system',
  'idsystem-rfc',
  'idsystem-placeholder',
  'identifier-shared',
  // References.
  'fullurl-not-uuid',
  'ref-bare-id',
] as const;

const places = new Map<string, number>(norms.map((norm, place) => [norm, place]));

/** Where a repair stands in the order; one that the list does not name runs last. */
export function placeOfNorm(norm: string): number {
  return places.get(norm) ?? norms.length;
}
