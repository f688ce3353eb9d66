/** The table of Practitioner. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'practitioner',
  patient: [],
  columns: [],
};
