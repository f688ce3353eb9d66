/**
 * Repairs of primitive values: numbers and booleans that came as strings (def-07, def-10), whole numbers with a fraction
 * of zeros, times without a zone (def-30b).
 */
import type { DatatypeRepair, Mended, ValuePlace } from '../../definitions/rule';
import { londonOffset, londonOffsetAt } from '../../fhir/date';
import { isMarked, numberOf, numberText } from '../../fhir/decimal';
import type { Json } from '../../fhir/types';
import { changing, unchanged } from './example';

const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

export const stringToNumber: DatatypeRepair = {
  norm: 'type-string-to-number',
  stage: 'values',
  defect: 'def-07',
  guidance: '3.4.6 Observation.valueInteger',
  claim: 'The server reads a number that was sent as a string of digits as a number.',
  datatypes: ['integer', 'positiveInt', 'unsignedInt', 'decimal'],
  mend(value, place) {
    if (typeof value !== 'string' || isMarked(value)) return undefined;
    const number = place.type === 'decimal' ? decimalOf(value) : integerOf(value);
    if (number === undefined) return undefined;
    return put(
      place,
      value,
      number,
      'The number was sent as a JSON string. It was read as a number. Send it without quotation marks.',
    );
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.multipleBirthInteger = '2';
    }),
  },
};

function integerOf(text: string): Json | undefined {
  if (!/^[+-]?\d{1,18}$/.test(text)) return undefined;
  return numberOf(BigInt(text.replace('+', '')).toString());
}

function decimalOf(text: string): Json | undefined {
  return text.length <= 100 && DECIMAL.test(text) ? numberOf(text) : undefined;
}

/** Numbers such as 5.0, as written by JSON libraries without whole numbers (Java's Gson, in a map). */
const WHOLE = /^(-?\d{1,10})\.0+$/;

export const fractionOfZeros: DatatypeRepair = {
  norm: 'type-fraction-of-zeros',
  stage: 'values',
  defect: 'def-07',
  guidance: '3.4.6 Observation.valueInteger',
  claim:
    'The server reads a whole number that was sent with zeros after a decimal point, such as 5.0, as a whole number.',
  datatypes: ['integer', 'positiveInt', 'unsignedInt'],
  mend(value, place) {
    if (!isMarked(value)) return undefined;
    const [, whole] = WHOLE.exec(numberText(value)) ?? [];
    if (whole === undefined) return undefined;
    return put(
      place,
      value,
      numberOf(whole),
      'The whole number was sent with zeros after a decimal point. It was read without them. Send it without a decimal point.',
    );
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.multipleBirthInteger = numberOf('2.0');
    }),
  },
};

export const stringToBool: DatatypeRepair = {
  norm: 'type-string-to-bool',
  stage: 'values',
  defect: 'def-10',
  guidance: '3.4.2 Patient.deceased[x]',
  claim: 'The server reads the string "true" or "false" as a boolean, where R4 has a boolean.',
  datatypes: ['boolean'],
  mend(value, place) {
    if (value !== 'true' && value !== 'false') return undefined;
    return put(
      place,
      value,
      value === 'true',
      `The boolean was sent as a JSON string. It was read as ${value}. Send it without quotation marks.`,
    );
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.active = 'true';
    }),
  },
};

const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?$/;

export const zoneAssumed: DatatypeRepair = {
  norm: 'zone-assumed',
  stage: 'values',
  defect: 'def-30b',
  guidance: '3.4.4 Encounter.period',
  claim: 'The server reads a date and time without a time zone offset as UK time (Europe/London).',
  datatypes: ['dateTime', 'instant'],
  mend(value, place) {
    if (typeof value !== 'string' || !WITHOUT_ZONE.test(value)) return undefined;
    const offset = offsetInLondon(value);
    if (offset === undefined) return undefined;
    const read = isInTheMissingHour(value, offset)
      ? 'This hour does not exist in the UK, because the clocks go forward. It was read as winter time (+00:00)'
      : `It was read as UK time (${offset})`;
    return put(
      place,
      value,
      value + offset,
      `The time has no time zone offset. ${read}. Send the offset: Z or +00:00 in winter, +01:00 in summer.`,
    );
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      const period = encounter.period as { start: string };
      period.start = period.start.replace(/(?:Z|[+-]\d{2}:\d{2})$/, '');
    }),
  },
};

/** The offset of UK civil time at a local date and time, as it is written; undefined for a day that does not exist. */
export function offsetInLondon(local: string): '+00:00' | '+01:00' | '+02:00' | undefined {
  const clock = Date.parse(`${local}Z`);
  if (Number.isNaN(clock)) return undefined;
  return `+0${(londonOffset(clock) / 60) as 0 | 1 | 2}:00`;
}

/** True of a local time in the hour that spring leaves out: read with its offset, London's clocks show another time. */
function isInTheMissingHour(local: string, offset: string): boolean {
  const moment = Date.parse(local + offset);
  return londonOffsetAt(moment) !== londonOffset(Date.parse(`${local}Z`));
}

function put({ holder, key }: ValuePlace, before: Json, after: Json, text: string): Mended {
  (holder as Record<string | number, Json>)[key] = after;
  return { text, before, after };
}
