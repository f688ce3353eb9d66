/**
 * The ids of every row of the guidance's tables, written down once more and apart from the definitions, so that a rule
 * that is lost or renumbered is noticed: sections 1 to 8 of the rule catalogue. (Section 9 is `semantics`, section 10
 * is about deployments.)
 */
const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`);

export const guidanceRows: readonly string[] = [
  ...numbered('vw-gen', 16),
  ...numbered('vw-bundle', 21),
  ...numbered('vw-patient', 38),
  ...numbered('vw-org', 7),
  ...numbered('vw-enc', 18),
  ...numbered('vw-doc', 34),
  ...numbered('vw-obs', 29),
  ...numbered('vw-xref', 12),
];

/** The Norm names of the defect register, and those that its README adds. */
export const guidanceNorms: readonly string[] = [
  'fullurl-not-uuid',
  'nhsstatus-legacy',
  'docstatus-illegal',
  'enc-status-final',
  'shape-array-to-object',
  'shape-object-to-array',
  'type-string-to-number',
  'type-string-to-bool',
  'note-string',
  'deceased-both',
  'telecom-no-system',
  'ref-bare-id',
  'key-case',
  'key-trailing-colon',
  'zone-assumed',
  'snomed-acvpu-alias',
  'nhs-number-spacing',
  'nhs-number-system',
  'snomed-system',
  'ods-code-case',
];
