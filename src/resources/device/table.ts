/** The table of Device. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'device',
  patient: ['patient'],
  columns: [],
};
