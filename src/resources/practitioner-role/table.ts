/** The table of PractitionerRole. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'practitioner_role',
  patient: [],
  indexes: [
    { name: 'practitioner', on: 'practitioner' },
    { name: 'organization', on: 'organization' },
  ],
  columns: [],
};
