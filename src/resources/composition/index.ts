/** Composition: the structure of a document Bundle. The guidance does not describe it; it is checked, stored and found as R4 says. @see https://hl7.org/fhir/R4/composition.html */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { rules } from './rules';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const composition: ResourceDefinition = {
  type: 'Composition',
  documentation: 'The index of a summary that was sent as a document.',
  described: true,
  ruleIds: [{ prefix: 'comp' }],
  elements: [],
  rules,
  repairs: [],
  otherPeople: { author: 'said', 'attester.party': 'said', 'section.author': 'said' },
  subjectOfAnyType: 'subject',
  table,
  searchParameters,
  withdrawable: true,
};
