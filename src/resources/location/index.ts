/** Location: places of care. The guidance does not describe it; it is stored and found as R4 says. @see https://hl7.org/fhir/R4/location.html */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const location: ResourceDefinition = {
  type: 'Location',
  elements: [],
  rules: [],
  repairs: [],
  table,
  searchParameters,
  withdrawable: true,
  openUnderPolicy: 'It describes a place.',
};
