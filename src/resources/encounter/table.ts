/** The table of Encounter. @see docs/tables.md */
import { businessKeys } from '../../definitions/business-keys';
import type { Identity, TableDefinition } from '../../definitions/table';
import { snomedCode } from '../common/snomed-code';
import { isAfter, spanOf } from '../common/span';
import { isObject, type AnyResource } from '../../fhir/types';
import { PATIENT_AND_CODE, PATIENT_AND_PROVIDER } from './provider';

export const table: TableDefinition = {
  name: 'encounter',
  patient: ['subject'],
  indexes: [
    { name: 'of_patient', on: 'patient_id, period_start' },
    { name: 'period', on: 'period_start' },
    { name: 'newest', on: 'period_start DESC NULLS LAST' },
    { name: 'service_provider', on: 'service_provider, status, last_updated DESC' },
    {
      name: 'of_patient_and_provider',
      on: PATIENT_AND_PROVIDER.key(''),
      where: PATIENT_AND_PROVIDER.where(''),
    },
    { name: 'of_patient_and_code', on: PATIENT_AND_CODE.key(''), where: PATIENT_AND_CODE.where('') },
  ],
  columns: [
    {
      name: 'class_code',
      type: 'text',
      comment: 'The code of `class`, such as HH or VR',
      value: (encounter) =>
        isObject(encounter.class) && typeof encounter.class.code === 'string' ? encounter.class.code : null,
    },
    {
      name: 'type_snomed',
      type: 'text',
      comment: 'The first SNOMED CT code of `type`',
      value: (encounter) => snomedCode(encounter.type),
    },
  ],
};

/** Its identifiers, of one patient and sender. */
export const identity: Identity = {
  keys: (encounter, at) => businessKeys(encounter.identifier, undefined, at),
  within: ['patient', 'sender'],
  heldBy: 'serviceProvider',
  usedAgain: (stored, sent) => endsBefore(stored, sent) || endsBefore(sent, stored),
  uniqueInBundle: false,
};

/** True where the period of the first stay has certainly ended when that of the second begins: a date is a whole day. */
function endsBefore({ period: first }: AnyResource, { period: second }: AnyResource): boolean {
  if (!isObject(first) || !isObject(second)) return false;
  const [end, start] = [spanOf(first.end), spanOf(second.start)];
  return end !== undefined && start !== undefined && isAfter(start, end);
}
