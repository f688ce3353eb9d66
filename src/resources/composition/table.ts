/** The table of Composition. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'composition',
  patient: ['subject'],
  indexes: [
    { name: 'of_patient', on: 'patient_id, date_start' },
    { name: 'encounter', on: 'encounter' },
  ],
  columns: [],
};
