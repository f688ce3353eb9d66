/** What can be asked of an accepted submission. The Bundle itself is put together from the bytes that came. */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'bundle',
  patient: [],
  columns: [],
  indexes: [
    { name: 'of_patient', on: 'patient_id, last_updated' },
    { name: 'of_sender', on: 'sender, last_updated' },
    { name: 'of_submission', on: 'submission_id', history: true },
  ],
  // Ten submissions of the largest size still make a text that JavaScript can hold.
  mostOnPage: 10,
  contentBytes: (alias) => `(SELECT submission.size FROM submission WHERE submission.id = ${alias}.id)`,
};
