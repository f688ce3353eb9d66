/**
 * Prepares JSON text for `JSON.parse` in one pass: replaces numbers that would lose digits by marked strings, counts
 * the members (so that a dropped duplicate is noticed), and finds what `JSON.parse` would accept and FHIR does not: too
 * deep nesting, U+0000, half a surrogate pair. `JSON.parse` checks the syntax. Long strings (a document in base64) are
 * skipped with `indexOf`, so 300 kB take well under a millisecond.
 * @see https://hl7.org/fhir/R4/json.html
 */
import { numberOf } from '../decimal';
import type { Slices } from '../slices';

export interface Scan {
  /** The text with marked numbers, for `JSON.parse`, and with a stand-in for each of the runs. */
  text: string;
  /**
   * Items of long lists that were taken out, so that `JSON.parse` is never given much at once: the text of several
   * items, without the brackets of their list. A run may contain the stand-ins of earlier runs.
   */
  runs: string[];
  /** How many members all objects have together. */
  members: number;
}

/**
 * The deepest nesting of lists and objects that is read from outside. What is accepted is bounded below it
 * (`MOST_LEVELS`), so that a resource can be read again from any answer that carries it.
 */
export const MAX_DEPTH = 100;
/**
 * How many lists and objects may be around a value of what is accepted, with those of the Bundle: one bound for JSON, XML
 * and HL7 v2, counted in JSON. Real summaries stay under 20. An answer to a batch adds six (`entry`, of a searchset in an
 * `entry`), and Parameters three. Every check and every reader goes deeper than this.
 */
export const MOST_LEVELS = 60;
/** The most objects and lists in one text. The largest accepted body can contain three quarters of it. */
export const MAX_CONTAINERS = 1_000_000;
/** The most members of one object. No object of FHIR has a hundred; one of a million takes the work of minutes. */
export const MAX_MEMBERS = 1_000;

/** A number as JSON has it. @see https://www.rfc-editor.org/rfc/rfc8259#section-6 */
export const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SHORT_STRING = 48;

/** From so many characters on, the items of a list are taken out as a run. */
const LONG_RUN = 128 * 1024;
/**
 * Where more is written before a list than this, its items stay in the text: each run that is taken out copies what is
 * before it.
 */
const LONGEST_BEFORE = 2 * LONG_RUN;
/** So many characters are scanned in one slice. */
const SLICE = 256 * 1024;
/** Of the stand-in of a run. No sender can write one, because U+0000 is refused. */
const RUN_MARK = '\u0000@';
/** In place of the beginning of a list, for an object. */
const OBJECT = -1;

/** The number of the run that a value stands in for; undefined for any other value. */
export function runOf(value: unknown): number | undefined {
  return typeof value === 'string' && value.startsWith(RUN_MARK)
    ? Number(value.slice(RUN_MARK.length))
    : undefined;
}

/** The result of the scan, or `undefined` when there is a fault, which `findJsonFault` describes. */
export function* scanJson(text: string): Slices<Scan | undefined> {
  const length = text.length;
  const runs: string[] = [];
  /** For each open list, where its current run begins in the text that is written; -1 for an object. */
  const open: number[] = [];
  let endOfSlice = SLICE;
  let pieces = '';
  let copied = 0;
  let members = 0;
  let depth = 0;
  let containers = 0;
  let position = 0;
  let quote = -1;
  let backslash = -1;
  while (position < length) {
    if (position >= endOfSlice) {
      yield;
      endOfSlice = position + SLICE;
    }
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
      if (depth >= MAX_DEPTH || ++containers > MAX_CONTAINERS) return undefined;
      position += 1;
      open[depth] = code === 0x7b ? OBJECT : pieces.length + position - copied;
      depth += 1;
    } else if (code === 0x7d || code === 0x5d) {
      if (depth === 0) return undefined;
      depth -= 1;
      if ((open[depth] === OBJECT) !== (code === 0x7d)) return undefined;
      position += 1;
    } else if (code === 0x2c) {
      const start = depth === 0 ? OBJECT : open[depth - 1]!;
      const mayBeTaken = start !== OBJECT && start <= LONGEST_BEFORE;
      if (mayBeTaken && pieces.length + position - copied - start >= LONG_RUN) {
        pieces += text.slice(copied, position);
        runs.push(pieces.slice(start));
        pieces = `${pieces.slice(0, start)}"\\u0000@${runs.length - 1}"`;
        copied = position;
        open[depth - 1] = pieces.length + 1;
      }
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
  return { text: copied === 0 ? text : pieces + text.slice(copied), runs, members };
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
export function indexFrom(text: string, character: string, start: number): number {
  const index = text.indexOf(character, start);
  return index < 0 ? text.length : index;
}
