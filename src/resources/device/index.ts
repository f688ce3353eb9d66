/** Device: devices that readings come from. The guidance does not describe it; it is stored and found as R4 says. @see https://hl7.org/fhir/R4/device.html */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const device: ResourceDefinition = {
  type: 'Device',
  documentation: 'A monitoring device that measured readings.',
  elements: [],
  rules: [],
  repairs: [],
  isAboutPatient: false,
  table,
  searchParameters,
  withdrawable: true,
};
