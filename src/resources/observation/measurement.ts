/**
 * What a raw reading says, put into the chart's terms for checking only: a number in its canonical unit, whether the
 * patient was on oxygen, a level of consciousness. The sent values do not change.
 */
import { isNumber, numberText, toNumber } from '../../fhir/decimal';
import { isObject, type Json } from '../../fhir/types';
import {
  acvpuOfCode,
  acvpuOfText,
  isMeasured,
  normaliseQuantity,
  plausibilityOf,
  type Acvpu,
  type MeasuredReading,
  type Reading,
} from './news2/news2';
import { snomedCodesOf } from '../common/codings';
import type { RawReading } from './news2-group';

/** A reading by itself, without the Observation that it is in. */
export type ReadingNode = Pick<RawReading, 'reading' | 'node'>;

export interface Measurement {
  reading: MeasuredReading;
  /** In the canonical unit. */
  value: number;
  /** As it was sent: `37.5 Cel`. */
  sent: string;
  /** The UCUM code of the unit that was understood, such as `[degF]`. */
  sentIn: string;
  /** Where the unit was understood from its printed words only, because its code or system did not say. */
  unitFromText: boolean;
  /** Where the printed unit was understood, and the UCUM code beside it is not a unit of this reading. */
  codeIsAnother: boolean;
  isPossible: boolean;
}

/**
 * What a reading may measure. A reading of inspired oxygen (on oxygen, oxygen delivery) has no unit of its own: with a
 * number it is a flow or a fraction, and its unit says which.
 */
function quantitiesOf(reading: Reading): readonly MeasuredReading[] {
  if (reading === 'inspiredOxygen') return ['oxygenFlow', 'oxygenFraction'];
  return isMeasured(reading) ? [reading] : [];
}

/** `undefined` where there is no number, no unit, or a unit that is not known for this reading. */
export function measurementOf({ reading, node }: ReadingNode): Measurement | undefined {
  const quantity = node.valueQuantity;
  if (!isObject(quantity) || !isNumber(quantity.value) || quantity.comparator !== undefined) return undefined;
  const [unit, code, system] = [text(quantity.unit), text(quantity.code), text(quantity.system)];
  for (const measured of quantitiesOf(reading)) {
    const canonical = normaliseQuantity(measured, toNumber(quantity.value), unit, code, system);
    if (canonical === undefined) continue;
    return {
      reading: measured,
      value: canonical.value,
      sent: `${shown(numberText(quantity.value))} ${code ?? unit ?? canonical.unit}`,
      sentIn: canonical.sentIn,
      unitFromText: canonical.how === 'text' || canonical.how === 'text-against-code',
      codeIsAnother: canonical.how === 'text-against-code',
      isPossible: plausibilityOf(measured, canonical.value) !== 'impossible',
    };
  }
  return undefined;
}

/** A reading has few digits. A longer number may be something else, such as an NHS number, so no text repeats it. */
function shown(digits: string): string {
  return digits.length <= 7 ? digits : 'so many digits';
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export type Consciousness =
  | { kind: 'level'; level: Acvpu; as: 'concept' | 'text' }
  /** A number stands where the level should: the score itself. */
  | { kind: 'score'; score: number }
  /** A concept that is none of the five. */
  | { kind: 'other' };

/** The level of consciousness that an ACVPU reading gives, in any of the shapes in which it is sent. */
export function consciousnessOf({ reading, node }: ReadingNode): Consciousness | undefined {
  if (reading !== 'consciousness') return undefined;
  const concept = node.valueCodeableConcept;
  const codes = snomedCodesOf(concept);
  for (const code of codes) {
    const level = acvpuOfCode(code);
    if (level !== undefined) return { kind: 'level', level, as: 'concept' };
  }
  const words = text(node.valueString) ?? (isObject(concept) ? text(concept.text) : undefined);
  const level = words === undefined ? undefined : acvpuOfText(words);
  if (level !== undefined) return { kind: 'level', level, as: 'text' };
  if (isNumber(node.valueInteger)) return { kind: 'score', score: toNumber(node.valueInteger) };
  return concept === undefined && words === undefined ? undefined : { kind: 'other' };
}

/** True of a reading that may be compared: of a reliable status, and not declared absent. */
export function counts({ observation, node }: RawReading): boolean {
  return observation.counts && node.dataAbsentReason === undefined;
}
