/** The table of Location. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'location',
  patient: [],
  columns: [],
};
