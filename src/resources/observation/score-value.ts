/**
 * The value of a NEWS2 score, in the shapes in which scores are sent: the guidance's `valueInteger`, UK Core's
 * `valueQuantity`, and a `valueString` of digits (section 3.4.6; rules, vw-obs-19). Used on an Observation and on a
 * component alike.
 */
import { isNumber, toNumber } from '../../fhir/decimal';
import { isObject, type Json, type JsonObject } from '../../fhir/types';

export type ScoreValue =
  | { kind: 'whole'; value: number; from: 'valueInteger' | 'valueQuantity' | 'valueString' }
  /** There, and no whole number. */
  | { kind: 'not-whole'; from: string }
  /** Not there, or given as less or more than something. */
  | { kind: 'none' };

/** A larger number may be something else, such as an NHS number, so no text repeats it. */
const FARTHEST_SLIP = 999;

const NONE: ScoreValue = { kind: 'none' };

export function scoreValueOf(node: JsonObject): ScoreValue {
  if (node.valueInteger !== undefined) return whole(node.valueInteger, 'valueInteger');
  if (isObject(node.valueQuantity)) {
    const { value, comparator } = node.valueQuantity;
    return value === undefined || comparator !== undefined ? NONE : whole(value, 'valueQuantity');
  }
  if (typeof node.valueString === 'string') {
    const text = node.valueString.trim();
    return /^[+-]?\d{1,6}$/.test(text)
      ? whole(Number(text), 'valueString')
      : { kind: 'not-whole', from: 'valueString' };
  }
  const other = Object.keys(node).find((key) => /^value[A-Z]/.test(key));
  return other === undefined ? NONE : { kind: 'not-whole', from: other };
}

function whole(value: Json, from: 'valueInteger' | 'valueQuantity' | 'valueString'): ScoreValue {
  if (!isNumber(value)) return { kind: 'not-whole', from };
  const number = toNumber(value);
  return Number.isInteger(number) && Math.abs(number) <= FARTHEST_SLIP
    ? { kind: 'whole', value: number, from }
    : { kind: 'not-whole', from };
}

/** The element in which a value stands, for naming its place: `valueInteger`, or `value` where there is none. */
export function valueElementOf(node: JsonObject): string {
  return Object.keys(node).find((key) => /^value[A-Z]/.test(key)) ?? 'value';
}
