/** PractitionerRole: what a practitioner does, and for whom. The guidance does not describe it; it is stored and found as R4 says. @see https://hl7.org/fhir/R4/practitionerrole.html */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const practitionerRole: ResourceDefinition = {
  type: 'PractitionerRole',
  elements: [],
  rules: [],
  repairs: [],
  table,
  searchParameters,
  withdrawable: true,
  openUnderPolicy: 'It describes what a member of staff does.',
};
