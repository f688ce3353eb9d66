/** Encounter: the whole virtual ward stay, from admission to discharge (section 3.4.4 of the guidance). */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { toleratedForms } from '../common/reference-rules';
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
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter',
  elements,
  rules,
  repairs,
  tolerances: toleratedForms(encounterReferences),
  table,
  searchParameters,
  identity,
  withdrawable: true,
};
