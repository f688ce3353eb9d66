/** The table of Organization. @see docs/tables.md */
import { isCurrent, storedAt } from '../../fhir/current-identifier';
import { indexable } from '../../definitions/indexable';
import type { Identity, TableDefinition } from '../../definitions/table';
import { tokenPair } from '../../definitions/token-text';
import { isObject, listOf, type AnyResource } from '../../fhir/types';
import { odsCodeInCapitals, ODS_ORGANISATION_SYSTEM } from '../../terminology/ods';

export const table: TableDefinition = {
  name: 'organization',
  patient: [],
  indexes: [
    { name: 'ods_code', on: 'ods_code' },
    { name: 'name_prefix', on: 'array_to_tsvector(name_folded)', using: 'gin' },
  ],
  columns: [
    {
      name: 'ods_code',
      type: 'text',
      comment:
        'The ODS code: the first current identifier of system https://fhir.nhs.uk/Id/ods-organization-code',
      value: (organization) => {
        const [code] = odsCodesOf(organization, storedAt(organization));
        return code === undefined ? null : indexable(code);
      },
    },
  ],
};

/** The ODS codes that the Organization has now, in capitals and each once. It should be one at most. */
export function odsCodesOf({ identifier }: AnyResource, at?: number): string[] {
  const codes = listOf(identifier)
    .filter(isObject)
    .filter((each) => each.system === ODS_ORGANISATION_SYSTEM && isCurrent(each, at))
    .flatMap(({ value }) => (typeof value === 'string' ? [odsCodeInCapitals(value)] : []));
  return [...new Set(codes)];
}

/** The ODS code; of several, the first. */
export const identity: Identity = {
  keys: (organization, at) =>
    odsCodesOf(organization, at)
      .slice(0, 1)
      .map((code) => tokenPair(ODS_ORGANISATION_SYSTEM, code)),
  odsCodes: odsCodesOf,
  within: [],
  idFollowsKey: true,
  uniqueInBundle: false,
};
