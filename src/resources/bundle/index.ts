/**
 * Bundle: the summary as a whole (section 3.4.1 of the guidance), and how a submission is found and read again.
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { elements } from './elements';
import { repairs } from './repairs';
import { rules } from './rules';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const bundle: ResourceDefinition = {
  type: 'Bundle',
  documentation: 'Submissions: created by senders, read by their sender and by auditors.',
  guidance: '3.4.1',
  described: true,
  ruleIds: [{ prefix: 'vw-bundle', rows: 21 }, { prefix: 'idsystem' }, { prefix: 'identifier' }],
  excused: [{ id: 'vw-bundle-13', reason: 'any number of Observations is allowed' }],
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Bundle',
  elements,
  rules,
  repairs,
  table,
  searchParameters,
  withdrawable: false,
  openUnderPolicy: 'A sender can read its own submissions, whichever patient they are about.',
  notTaken:
    'The server does not process a Bundle inside a Bundle. Send its entries in this Bundle, or post it separately.',
};
