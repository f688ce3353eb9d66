/**
 * Numbers that keep the text they came with. FHIR says that `36.50` is not `36.5`: the digits sent are the precision
 * of the reading. `JSON.parse` would lose them, so a number whose text would not come back from a JavaScript number
 * is carried in the working copy as a string that begins with U+0000 and `#`, which no FHIR string may contain
 * (decoding refuses U+0000). All other numbers are plain JavaScript numbers.
 * @see https://hl7.org/fhir/R4/json.html#primitive
 */
import type { Json } from './types';

const MARK = '\u0000#';

/** The value to use for a number's source text: a number if nothing is lost, otherwise the marked text. */
export function numberOf(text: string): number | string {
  const value = Number(text);
  return String(value) === text ? value : MARK + text;
}

/** True for a plain number, and for a number stored as marked text. */
export function isNumber(value: unknown): value is number | string {
  return typeof value === 'number' || isMarked(value);
}

/** True for a number stored as marked text. */
export function isMarked(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(MARK);
}

/** The number's text as it was sent: `36.50`. */
export function numberText(value: number | string): string {
  return typeof value === 'number' ? String(value) : value.slice(MARK.length);
}

/** The number as JavaScript has it, without its precision: only for comparing and calculating. */
export function toNumber(value: number | string): number {
  return typeof value === 'number' ? value : Number(value.slice(MARK.length));
}

/** Writes JSON in which marked texts are numbers again, with the digits that were sent. */
export function stringify(value: unknown, space?: number): string {
  const text = JSON.stringify(value, null, space);
  return text.includes('"\\u0000#') ? text.replace(/"\\u0000#([^"]*)"/g, '$1') : text;
}

/**
 * A copy with only plain JavaScript numbers, for code that supports no others (FHIRPath). Unchanged parts are shared.
 */
export function withPlainNumbers<T>(value: T): T {
  return plain(value as Json) as T;
}

function plain(value: Json): Json {
  if (typeof value === 'string') return isMarked(value) ? toNumber(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const copy = value.map(plain);
    return copy.some((item, index) => item !== value[index]) ? copy : value;
  }
  let copy: Record<string, Json> | undefined;
  for (const [key, item] of Object.entries(value)) {
    const changed = plain(item as Json);
    if (changed !== item) (copy ??= { ...value } as Record<string, Json>)[key] = changed;
  }
  return copy ?? value;
}
