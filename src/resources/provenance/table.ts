/** The table of Provenance. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'provenance',
  patient: ['target'],
  columns: [],
};
