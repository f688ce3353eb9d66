/** The table of Observation. @see docs/tables.md */
import { businessKeys } from '../../definitions/business-keys';
import type { Identity, TableDefinition } from '../../definitions/table';
import { snomedCode } from '../common/snomed-code';
import { isNumber, numberText, stringify } from '../../fhir/decimal';
import { isOfOtherCode } from '../../fhir/other-code';
import { isObject, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { withoutTrailing } from '../../fhir/without-trailing';

function numericValue({ valueQuantity, valueInteger }: JsonObject): string | null {
  if (isNumber(valueInteger)) return numberText(valueInteger);
  const value = isObject(valueQuantity) ? valueQuantity.value : undefined;
  return isNumber(value) ? numberText(value) : null;
}

export const table: TableDefinition = {
  name: 'observation',
  patient: ['subject'],
  indexes: [
    { name: 'of_patient', on: 'patient_id, effective_start' },
    { name: 'encounter', on: 'encounter' },
    { name: 'code', on: 'code', using: 'gin' },
    { name: 'has_member', on: 'has_member', using: 'gin', where: 'has_member IS NOT NULL' },
    { name: 'derived_from', on: 'derived_from', using: 'gin', where: 'derived_from IS NOT NULL' },
    { name: 'news2_total', on: 'news2_total, effective_start', where: 'news2_total IS NOT NULL' },
  ],
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

/** Its identifiers, of one patient and sender and of one stay or time, unless the Bundle repeats them. */
export const identity: Identity = {
  keys: (observation, at) => businessKeys(observation.identifier, undefined, at),
  within: ['patient', 'sender', 'stay or time'],
  stay: 'encounter',
  time: effectiveTime,
  uniqueInBundle: true,
  otherwise: {
    agree: ['patient', 'sender'],
    rule: 'submission-reading-renumbered',
    text: 'This patient already has a reading with this identifier, from another stay and another time. This reading is stored as a new one, and the other reading does not change. Give each reading its own identifier.',
  },
  usedAgain: (stored, sent) => isOfOtherCode(stored.code, sent.code) || isAtOtherTime(stored, sent),
};

/** True where both have a time, and neither is the other with less precision. */
function isAtOtherTime(stored: AnyResource, sent: AnyResource): boolean {
  const [before, now] = [effectiveTime(stored), effectiveTime(sent)];
  return before !== null && now !== null && !before.startsWith(now) && !now.startsWith(before);
}

/** `effective[x]`, one text for one moment or period, however it was written. */
function effectiveTime(observation: AnyResource): string | null {
  const { effectiveDateTime, effectiveInstant, effectivePeriod, effectiveTiming } = observation;
  const moment = momentOf(effectiveDateTime) ?? momentOf(effectiveInstant);
  if (moment !== undefined) return moment;
  if (isObject(effectivePeriod))
    return `${momentOf(effectivePeriod.start) ?? ''}/${momentOf(effectivePeriod.end) ?? ''}`;
  return isObject(effectiveTiming) ? stringify(effectiveTiming) : null;
}

/** A date unchanged; a time in UTC, without trailing zeros in its fraction. */
function momentOf(value: Json | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [, seconds, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(value) ?? [];
  const at = seconds === undefined ? NaN : Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(at)) return value;
  return `${new Date(at).toISOString().slice(0, 19)}.${withoutTrailing('0', fraction)}Z`;
}
