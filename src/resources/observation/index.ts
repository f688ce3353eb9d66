/** Observation: NEWS2 totals, their sub-scores, and their readings (section 3.4.6 of the guidance). */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { elements } from './elements';
import { observationReferences } from './references';
import { repairs } from './repairs';
import { rules } from './rules';
import { searchParameters } from './search-parameters';
import { identity, table } from './table';

export const observation: ResourceDefinition = {
  type: 'Observation',
  documentation:
    'Readings of a stay, and NEWS2 totals and sub-scores as sent. The server does not recalculate them.',
  guidance: '3.4.6',
  described: true,
  ruleIds: [
    { prefix: 'vw-obs', rows: 29 },
    { prefix: 'vw-xref' },
    { prefix: 'vw-gen' },
    { prefix: 'news2' },
    { prefix: 'ukcore-obs' },
  ],
  excused: [
    {
      id: 'vw-obs-08',
      reason: 'the repair snomed-system corrects the known variants; vw-obs-07 reports the rest',
    },
    { id: 'vw-obs-29', reason: 'checked by the rules news2-01 to news2-26' },
  ],
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation',
  elements,
  rules,
  repairs,
  tolerances: [{ path: 'code.coding.code', structure: 'r4-snomed', instead: 'vw-obs-09' }],
  references: observationReferences,
  otherPeople: { performer: 'did', focus: 'focus' },
  inDocument: { section: 'Observations' },
  table,
  searchParameters,
  identity,
  withdrawable: true,
};
