/** The table of Organization. @see docs/tables.md */
import { businessKeys } from '../../definitions/business-keys';
import type { Identity, TableDefinition } from '../../definitions/table';
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

/** The ODS code. */
export const identity: Identity = {
  keys: (organization) => businessKeys(organization.identifier, ODS_ORGANISATION_SYSTEM).slice(0, 1),
  within: [],
  uniqueInBundle: false,
};
