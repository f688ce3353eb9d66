/**
 * The span of time of a FHIR date, dateTime or instant: `2023-01` is all of January. Comparing spans
 * instead of moments avoids false faults for dates without a time.
 * @see https://hl7.org/fhir/R4/datatypes.html#dateTime
 */
import { dateRange } from '../../fhir/date';
import type { Json } from '../../fhir/types';

/** Milliseconds since 1970; the end is the first moment after the span. */
export interface Span {
  from: number;
  until: number;
  /** False of a date without a time of day. */
  hasTime: boolean;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** `undefined` if it is not a date, which the structure check reports. */
export function spanOf(value: Json | undefined): Span | undefined {
  if (typeof value !== 'string') return undefined;
  const range = dateRange(value);
  return range && { from: range.start.getTime(), until: range.end.getTime(), hasTime: value.includes('T') };
}

/** True if every moment of the first is after every moment of the second, by more than the margin. */
export function isAfter(first: Span, second: Span, marginMs = 0): boolean {
  return first.from >= second.until + marginMs;
}
