/**
 * The rows of the guidance's tables that have no rule or row of their own, each with the reason. A house test holds
 * that every other row is declared.
 */
export interface Excuse {
  id: string;
  reason: string;
}

export const excused: readonly Excuse[] = [
  { id: 'vw-gen-01', reason: 'decoding refuses what is not FHIR R4 in JSON or XML (400)' },
  { id: 'vw-gen-02', reason: 'the meta.profile row of each type says it: vw-bundle-03, vw-patient-02, …' },
  { id: 'vw-gen-03', reason: 'vw-bundle-08 to vw-bundle-12 say it, type by type' },
  { id: 'vw-gen-04', reason: 'Observations are optional: their absence is normal' },
  { id: 'vw-gen-05', reason: 'a permission; vw-bundle-20 tells of other types' },
  { id: 'vw-gen-07', reason: 'r4-unknown-element says it, as an error (README, decision 1)' },
  { id: 'vw-gen-08', reason: 'a permission: display may stand in a reference' },
  { id: 'vw-gen-09', reason: 'vw-patient-05, vw-org-03 and vw-obs-07 say it' },
  { id: 'vw-gen-11', reason: 'about how a reader labels the document' },
  { id: 'vw-gen-12', reason: 'the content of the PDF is local, and is not read' },
  { id: 'vw-gen-13', reason: 'a permission; vw-doc-27 judges other renditions' },
  { id: 'vw-gen-14', reason: 'about when a summary is sent; corrections are a matter of lineages' },
  { id: 'vw-gen-15', reason: 'about who sends to whom; the transport’s sender need not be the custodian' },
  { id: 'vw-gen-16', reason: 'found when the document is stored, by its SHA-256' },
  { id: 'vw-bundle-13', reason: 'any number of Observations is right' },
  { id: 'vw-patient-09', reason: 'a permission: identifiers may carry extensions' },
  {
    id: 'vw-patient-13',
    reason: 'about what the sender does before; vw-patient-10 to 12 judge what it says of it',
  },
  { id: 'vw-patient-17', reason: 'a permission: telecom is optional' },
  { id: 'vw-patient-20', reason: 'the repair telecom-no-system says it' },
  { id: 'vw-patient-23', reason: 'the repair deceased-both says it; r4-choice where it does not apply' },
  {
    id: 'vw-patient-25',
    reason: 'absence is no statement: merging keeps a stored death (semantics, «Who is who»)',
  },
  { id: 'vw-patient-29', reason: 'a permission: lines and city are optional' },
  { id: 'vw-patient-36', reason: 'a permission: a contact’s address is optional' },
  { id: 'vw-enc-01', reason: 'vw-bundle-11 says it' },
  { id: 'vw-enc-16', reason: 'the repair zone-assumed says it; r4-value where it does not apply' },
  { id: 'vw-doc-17', reason: 'the organisation rules judge it, which know the sender' },
  { id: 'vw-doc-34', reason: 'a permission: date is optional' },
  {
    id: 'vw-obs-08',
    reason: 'the repair snomed-system mends the known variants; vw-obs-07 tells of the rest',
  },
  { id: 'vw-obs-29', reason: 'the rules news2-01 to news2-25 say it' },
];
