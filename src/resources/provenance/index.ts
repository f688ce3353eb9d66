/** Provenance: where resources came from. The guidance does not describe it; it is stored and found as R4 says. @see https://hl7.org/fhir/R4/provenance.html */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const provenance: ResourceDefinition = {
  type: 'Provenance',
  documentation: 'Who submitted which versions, and when. Written by this server.',
  elements: [],
  rules: [],
  repairs: [],
  otherPeople: { 'agent.who': 'did', 'agent.onBehalfOf': 'did' },
  inDocument: 'left-out',
  isAboutPatient: false,
  table,
  searchParameters,
  withdrawable: true,
};
