/**
 * Bundle: the summary as a whole (section 3.4.1 of the guidance), and how a submission is found and read again. The
 * table holds what can be asked of an accepted submission; the Bundle itself is put together from the bytes that came.
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { elements } from './elements';
import { repairs } from './repairs';
import { rules } from './rules';
import { searchParameters } from './search-parameters';

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
  // Ten submissions of the largest size still make a text that JavaScript can hold.
  table: {
    name: 'bundle',
    patient: [],
    columns: [],
    indexes: [
      { name: 'of_patient', on: 'patient_id, last_updated' },
      { name: 'of_sender', on: 'sender, last_updated' },
      { name: 'of_submission', on: 'submission_id', history: true },
    ],
    mostOnPage: 10,
    contentBytes: (alias) => `(SELECT submission.size FROM submission WHERE submission.id = ${alias}.id)`,
  },
  searchParameters,
  withdrawable: false,
  openUnderPolicy: 'A sender can read its own submissions, whichever patient they are about.',
  notTaken:
    'The server does not process a Bundle inside a Bundle. Send its entries in this Bundle, or post it separately.',
};
