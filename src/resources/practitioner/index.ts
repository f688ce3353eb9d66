/** Practitioner: people who take part in care. The guidance does not describe it; it is stored and found as R4 says. @see https://hl7.org/fhir/R4/practitioner.html */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const practitioner: ResourceDefinition = {
  type: 'Practitioner',
  documentation: 'A person who cared for the patient or recorded something.',
  elements: [],
  rules: [],
  repairs: [],
  table,
  searchParameters,
  withdrawable: true,
  openUnderPolicy: 'It describes a member of staff.',
};
