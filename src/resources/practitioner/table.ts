/** The table of Practitioner. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'practitioner',
  patient: [],
  indexes: [{ name: 'name_prefix', on: 'array_to_tsvector(name_folded)', using: 'gin' }],
  columns: [],
};
