/**
 * The Norm names of the guidance's defect register (and the few that its README and tables add), by the stage in which
 * a repair runs. A later stage sees what an earlier one mended: keys, then shapes, then single values wherever they
 * stand, then what one resource type means. @see guidance, defects, section 6
 */
export const stages = [
  ['key-trailing-colon', 'key-case'],
  ['shape-array-to-object', 'shape-object-to-array', 'note-string'],
  [
    'fullurl-versioned',
    'fullurl-relative',
    'type-string-to-number',
    'type-string-to-bool',
    'zone-assumed',
    'snomed-system',
    'nhs-number-system',
    'nhs-number-spacing',
    'vw-org-04',
    'ods-code-case',
    'ref-bare-id',
  ],
  [
    'deceased-both',
    'enc-status-final',
    'docstatus-illegal',
    'content-type-absent',
    'nhsstatus-legacy',
    'snomed-acvpu-alias',
    'telecom-no-system',
    'fullurl-not-uuid',
  ],
] as const satisfies readonly (readonly string[])[];

export const norms: readonly string[] = stages.flat();

/** The stage of a repair; one that the list does not name runs in the last. */
export function stageOf(norm: string): number {
  const stage = stages.findIndex((names) => (names as readonly string[]).includes(norm));
  return stage < 0 ? stages.length - 1 : stage;
}
