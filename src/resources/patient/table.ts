/** The table of Patient. @see docs/tables.md */
import { businessKeys } from '../../definitions/business-keys';
import { indexable } from '../../definitions/indexable';
import type { Identity, TableDefinition } from '../../definitions/table';
import { storedAt } from '../../fhir/current-identifier';
import { identifierValue } from './identifier-value';
import { isObject, listOf } from '../../fhir/types';
import { NAMED_PRACTICES } from './named-practice';
import { NHS_NUMBER_SYSTEM } from '../../terminology/nhs-number';

export const table: TableDefinition = {
  name: 'patient',
  patient: [],
  indexes: [
    { name: 'nhs_number', on: 'nhs_number', where: 'nhs_number IS NOT NULL', unique: true },
    { name: 'birth', on: 'birth_start' },
    { name: 'name_prefix', on: 'array_to_tsvector(name_folded)', using: 'gin' },
    { name: 'family_prefix', on: 'array_to_tsvector(family_folded)', using: 'gin' },
    { name: 'postcode', on: 'postcode' },
    ...NAMED_PRACTICES,
  ],
  columns: [
    {
      name: 'nhs_number',
      type: 'text',
      comment: 'The NHS number: identifier of system https://fhir.nhs.uk/Id/nhs-number',
      value: (patient) => identifierValue(patient, NHS_NUMBER_SYSTEM, storedAt(patient)),
    },
    {
      name: 'birth_date',
      type: 'date',
      comment: '`birthDate`, where day, month and year are given',
      value: ({ birthDate }) => (typeof birthDate === 'string' && birthDate.length === 10 ? birthDate : null),
    },
    {
      name: 'postcode',
      type: 'text',
      comment: 'The postcode of the first address, without spaces',
      value: ({ address }) => {
        const [first] = listOf(address);
        const code = isObject(first) ? first.postalCode : undefined;
        return typeof code === 'string' ? indexable(code.replace(/\s/g, '').toUpperCase()) : null;
      },
    },
  ],
};

/** The NHS number. */
export const identity: Identity = {
  keys: (patient, at) => businessKeys(patient.identifier, NHS_NUMBER_SYSTEM, at).slice(0, 1),
  within: [],
  keepsNewest: true,
  uniqueInBundle: false,
};
