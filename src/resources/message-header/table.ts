/** The table of MessageHeader. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'message_header',
  patient: [],
  indexes: [{ name: 'focus', on: 'focus', using: 'gin', where: 'focus IS NOT NULL' }],
  columns: [],
};
