/** The table of Organization. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';
import { identifierValue } from '../../definitions/identifier-value';
import { ODS_ORGANISATION_SYSTEM } from '../../terminology/ods';

export const table: TableDefinition = {
  name: 'organization',
  patient: [],
  columns: [
    {
      name: 'ods_code',
      type: 'text',
      comment: 'The ODS code: identifier of system https://fhir.nhs.uk/Id/ods-organization-code',
      value: (organization) => identifierValue(organization, ODS_ORGANISATION_SYSTEM),
    },
  ],
};
