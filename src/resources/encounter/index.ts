/** Encounter: the whole virtual ward stay, from admission to discharge (section 3.4.4 of the guidance). */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { elements } from './elements';
import { encounterReferences } from './references';
import { repairs } from './repairs';
import { rules } from './rules';
import { searchParameters } from './search-parameters';
import { identity, table } from './table';

export const encounter: ResourceDefinition = {
  type: 'Encounter',
  documentation: 'The virtual ward stay, with its dates and its provider.',
  guidance: '3.4.4',
  described: true,
  ruleIds: [
    { prefix: 'vw-enc', rows: 18 },
    { prefix: 'retracted' },
    { prefix: 'vw-xref' },
    { prefix: 'ukcore-enc' },
  ],
  excused: [
    { id: 'vw-enc-01', reason: 'vw-bundle-11 says it' },
    {
      id: 'vw-enc-16',
      reason: 'checked by the repair zone-assumed, or by r4-value where the repair does not apply',
    },
  ],
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter',
  elements,
  rules,
  repairs,
  references: encounterReferences,
  otherPeople: { 'participant.individual': 'did' },
  makesASummary: true,
  showsCare: true,
  inDocument: 'head',
  table,
  searchParameters,
  identity,
  withdrawable: true,
};
