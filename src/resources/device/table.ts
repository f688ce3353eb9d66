/** The table of Device. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'device',
  patient: ['patient'],
  indexes: [{ name: 'of_patient', on: 'patient_id, last_updated' }],
  columns: [],
};
