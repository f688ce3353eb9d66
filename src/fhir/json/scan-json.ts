/**
 * Prepares JSON text for `JSON.parse` in one pass: replaces numbers that would lose digits by marked strings, counts
 * the members (so that a dropped duplicate is noticed), and finds what `JSON.parse` would accept and FHIR does not: too
 * deep nesting, U+0000, half a surrogate pair. `JSON.parse` checks the syntax. Long strings (a document in base64) are
 * skipped with `indexOf`, so 300 kB take well under a millisecond.
 * @see https://hl7.org/fhir/R4/json.html
 */
import { numberOf } from '../decimal';

export interface Scan {
  /** The text with marked numbers, for `JSON.parse`. */
  text: string;
  /** How many members all objects have together. */
  members: number;
}

/** The deepest nesting of lists and objects that is accepted. Real summaries stay under 20. */
export const MAX_DEPTH = 100;
/** The most objects and lists in one text. The largest accepted body can contain three quarters of it. */
export const MAX_CONTAINERS = 1_000_000;
/** The most members of one object. No object of FHIR has a hundred; one of a million takes the work of minutes. */
export const MAX_MEMBERS = 1_000;

/** A number as JSON has it. @see https://www.rfc-editor.org/rfc/rfc8259#section-6 */
export const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SHORT_STRING = 48;

/** The result of the scan, or `undefined` when there is a fault, which `findJsonFault` describes. */
export function scanJson(text: string): Scan | undefined {
  const length = text.length;
  let pieces = '';
  let copied = 0;
  let members = 0;
  let depth = 0;
  let containers = 0;
  let position = 0;
  let quote = -1;
  let backslash = -1;
  while (position < length) {
    const code = text.charCodeAt(position);
    if (code === QUOTE) {
      let end = position + 1;
      const near = end + SHORT_STRING;
      let next = text.charCodeAt(end);
      while (next !== QUOTE && next !== BACKSLASH && end < near) next = text.charCodeAt(++end);
      while (next !== QUOTE) {
        if (backslash < end) backslash = indexFrom(text, '\\', end);
        if (quote < end) quote = indexFrom(text, '"', end);
        if (quote < backslash) {
          end = quote;
          break;
        }
        if (backslash >= length) return undefined;
        end = afterEscape(text, backslash);
        if (end < 0) return undefined;
        next = text.charCodeAt(end);
      }
      if (end >= length) return undefined;
      position = end + 1;
    } else if (code === 0x3a) {
      members += 1;
      position += 1;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > MAX_DEPTH || ++containers > MAX_CONTAINERS) return undefined;
      position += 1;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
      position += 1;
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const end = numberEnd(text, position);
      if (!isShortInteger(text, position, end)) {
        const number = text.slice(position, end);
        if (!isReadableNumber(number)) return undefined;
        if (typeof numberOf(number) === 'string') {
          pieces += text.slice(copied, position) + '"\\u0000#' + number + '"';
          copied = end;
        }
      }
      position = end;
    } else {
      position += 1;
    }
  }
  return { text: copied === 0 ? text : pieces + text.slice(copied), members };
}

/** Numbers that cannot be stored (`1e999999`), or that are needlessly long, are refused: FHIR requires 18 digits. */
export function isReadableNumber(number: string): boolean {
  if (number.length > 200 || !NUMBER.test(number)) return false;
  const exponent = number.search(/e/i);
  return exponent < 0 || Math.abs(Number(number.slice(exponent + 1))) <= 400;
}

/** The end of the run of number characters that begins here. */
export function numberEnd(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isDigit && code !== 0x2e && code !== 0x65 && code !== 0x45 && code !== 0x2b && code !== 0x2d) break;
  }
  return end;
}

/** True for `0` and for up to 15 digits without a leading zero, which JavaScript keeps exactly. */
function isShortInteger(text: string, start: number, end: number): boolean {
  if (end - start > 15) return false;
  if (text.charCodeAt(start) === 0x30) return end - start === 1;
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** The position after the escape that begins here, or -1 where it spells U+0000 or half a surrogate pair. */
function afterEscape(text: string, start: number): number {
  if (text.charCodeAt(start + 1) !== 0x75) return start + 2;
  const unit = escapedUnit(text, start);
  if (unit === 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return -1;
  if (unit < 0xd800 || unit > 0xdbff) return start + 2;
  const low = escapedUnit(text, start + 6);
  return low >= 0xdc00 && low <= 0xdfff ? start + 12 : -1;
}

/** The UTF-16 unit that the `\uXXXX` here spells, or NaN. */
export function escapedUnit(text: string, start: number): number {
  const escape = text.slice(start, start + 6);
  return /^\\u[0-9a-fA-F]{4}$/.test(escape) ? parseInt(escape.slice(2), 16) : NaN;
}

/** As `indexOf`, but the text's length where there is none, so that positions compare. */
function indexFrom(text: string, character: string, start: number): number {
  const index = text.indexOf(character, start);
  return index < 0 ? text.length : index;
}
