/** The table of PractitionerRole. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';
import { organisationCode } from './organisation-code';

export const table: TableDefinition = {
  name: 'practitioner_role',
  patient: [],
  indexes: [
    { name: 'practitioner', on: 'practitioner' },
    { name: 'organization', on: 'organization' },
    {
      name: 'organization_code',
      on: organisationCode(''),
      where: 'organization_identifier IS NOT NULL',
    },
  ],
  columns: [],
};
