/** The table of Observation. @see docs/tables.md */
import { businessKeys } from '../../definitions/business-keys';
import type { Identity, TableDefinition } from '../../definitions/table';
import { snomedCode } from '../../definitions/snomed-code';
import { isNumber, numberText } from '../../fhir/decimal';
import { isObject, type JsonObject } from '../../fhir/types';

function numericValue({ valueQuantity, valueInteger }: JsonObject): string | null {
  if (isNumber(valueInteger)) return numberText(valueInteger);
  const value = isObject(valueQuantity) ? valueQuantity.value : undefined;
  return isNumber(value) ? numberText(value) : null;
}

export const table: TableDefinition = {
  name: 'observation',
  patient: ['subject'],
  columns: [
    {
      name: 'snomed_code',
      type: 'text',
      comment: 'The first SNOMED CT code of `code`',
      value: (observation) => snomedCode(observation.code),
    },
    {
      name: 'value_number',
      type: 'numeric',
      comment: '`valueQuantity.value` or `valueInteger`, exactly as sent',
      value: numericValue,
    },
  ],
};

/** Its identifiers, of one patient and sender, unless the Bundle repeats them. */
export const identity: Identity = {
  keys: (observation) => businessKeys(observation.identifier),
  within: ['patient', 'sender'],
  uniqueInBundle: true,
};
