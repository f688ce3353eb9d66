/** The table of Provenance. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'provenance',
  patient: ['target'],
  indexes: [
    { name: 'of_patient', on: 'patient_id, recorded_start' },
    { name: 'target', on: 'target', using: 'gin' },
    { name: 'patient', on: 'patient', using: 'gin', where: 'patient IS NOT NULL' },
    { name: 'of_submission', on: 'submission_id', history: true },
  ],
  columns: [],
};
