/** MessageHeader: the header of a message Bundle. The guidance does not describe it; it is checked, stored and found as R4 says. @see https://hl7.org/fhir/R4/messageheader.html */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { rules } from './rules';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const messageHeader: ResourceDefinition = {
  type: 'MessageHeader',
  described: true,
  ruleIds: [{ prefix: 'msg' }],
  elements: [],
  rules,
  repairs: [],
  table,
  searchParameters,
  withdrawable: true,
};
