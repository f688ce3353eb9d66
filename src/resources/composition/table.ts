/** The table of Composition. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'composition',
  patient: ['subject'],
  columns: [],
};
