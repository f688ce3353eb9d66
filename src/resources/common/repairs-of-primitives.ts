/** Repairs of primitive values: numbers and booleans that came as strings (def-07, def-10), times without a zone (def-30b). */
import type { Repair, Repaired } from '../../definitions/rule';
import { isMarked, numberOf } from '../../fhir/decimal';
import type { Json } from '../../fhir/types';
import { changing, unchanged } from './example';
import { londonOffset } from './london-time';
import { put, walk } from './walk';

const INTEGERS: ReadonlySet<string> = new Set(['integer', 'positiveInt', 'unsignedInt']);
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

export const stringToNumber: Repair = {
  norm: 'type-string-to-number',
  defect: 'def-07',
  guidance: '3.4.6 Observation.valueInteger',
  claim: 'A whole number or decimal of R4 that came as a string of digits is read as the number.',
  repair(resource) {
    const repaired: Repaired[] = [];
    walk(resource, {
      primitive(value, type, holder, key, path) {
        if (typeof value !== 'string' || isMarked(value)) return;
        const number = INTEGERS.has(type)
          ? integerOf(value)
          : type === 'decimal'
            ? decimalOf(value)
            : undefined;
        if (number === undefined) return;
        put(holder, key, number);
        repaired.push({
          element: path,
          text: 'The number was sent as a JSON string; it was read as the number. Send it without quotation marks.',
          before: value,
          after: number,
        });
      },
    });
    return repaired;
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

export const stringToBool: Repair = {
  norm: 'type-string-to-bool',
  defect: 'def-10',
  guidance: '3.4.2 Patient.deceased[x]',
  claim: 'A boolean that came as the string "true" or "false" is read as the boolean.',
  repair(resource) {
    const repaired: Repaired[] = [];
    walk(resource, {
      primitive(value, type, holder, key, path) {
        if (type !== 'boolean' || (value !== 'true' && value !== 'false')) return;
        const after = value === 'true';
        put(holder, key, after);
        repaired.push({
          element: path,
          text: `The boolean was sent as a JSON string; it was read as ${value}. Send it without quotation marks.`,
          before: value,
          after,
        });
      },
    });
    return repaired;
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.active = 'true';
    }),
  },
};

const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?$/;

export const zoneAssumed: Repair = {
  norm: 'zone-assumed',
  defect: 'def-30b',
  guidance: '3.4.4 Encounter.period',
  claim: 'A date and time without a zone offset is read as UK civil time (Europe/London).',
  repair(resource) {
    const repaired: Repaired[] = [];
    walk(resource, {
      primitive(value, type, holder, key, path) {
        if ((type !== 'dateTime' && type !== 'instant') || typeof value !== 'string') return;
        if (!WITHOUT_ZONE.test(value)) return;
        const offset = londonOffset(value);
        if (offset === undefined) return;
        put(holder, key, value + offset);
        repaired.push({
          element: path,
          text: `The time had no zone offset; it was read as UK civil time (${offset}). Send the offset: Z or +00:00 in winter, +01:00 in summer.`,
          before: value,
          after: value + offset,
        });
      },
    });
    return repaired;
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      const period = encounter.period as { start: string };
      period.start = period.start.replace(/(?:Z|[+-]\d{2}:\d{2})$/, '');
    }),
  },
};
