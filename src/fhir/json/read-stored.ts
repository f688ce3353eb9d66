/**
 * Reads JSON text that the server wrote, whatever its depth, its size and the length of its numbers. What is accepted
 * is bounded where it comes in. A bound here would only make a stored resource unreadable for everybody who needs it:
 * those who search, correct, retract and verify.
 * @see https://hl7.org/fhir/R4/json.html
 */
import { numberOf } from '../decimal';
import type { Json } from '../types';
import { escapedUnit, indexFrom, NUMBER, numberEnd } from './scan-json';

const QUOTE = 0x22;

/** @returns undefined where the text is no JSON, or has U+0000, which marks numbers and which no writer writes */
export function readAsItIs(text: string): Json | undefined {
  let written = '';
  let copied = 0;
  for (let position = 0; position < text.length;) {
    const code = text.charCodeAt(position);
    if (code === QUOTE) {
      position = stringEnd(text, position);
      if (position < 0) return undefined;
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const end = numberEnd(text, position);
      const number = text.slice(position, end);
      if (NUMBER.test(number) && typeof numberOf(number) === 'string') {
        written += `${text.slice(copied, position)}"\\u0000#${number}"`;
        copied = end;
      }
      position = end;
    } else {
      position += 1;
    }
  }
  try {
    return JSON.parse(written + text.slice(copied)) as Json;
  } catch {
    return undefined;
  }
}

/** The position after the string that begins here; -1 where it has no end, or U+0000. */
function stringEnd(text: string, start: number): number {
  let quote = -1;
  let backslash = -1;
  for (let position = start + 1; ;) {
    if (quote < position) quote = text.indexOf('"', position);
    if (quote < 0) return -1;
    if (backslash < position) backslash = indexFrom(text, '\\', position);
    if (backslash > quote) return quote + 1;
    if (escapedUnit(text, backslash) === 0) return -1;
    position = backslash + 2;
  }
}
