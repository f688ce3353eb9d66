/** The table of MessageHeader. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'message_header',
  patient: [],
  indexes: [
    { name: 'of_patient', on: 'patient_id, last_updated' },
    { name: 'focus', on: 'focus', using: 'gin', where: 'focus IS NOT NULL' },
  ],
  columns: [],
};
