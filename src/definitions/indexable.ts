/**
 * Long texts as an index can hold them. PostgreSQL refuses an index entry of more than about 2,700 bytes, and FHIR
 * allows a string of 1 MB. A text of more than 700 bytes is therefore stored and asked for as its beginning and its
 * SHA-256: equal texts stay equal, different ones stay different, and nothing is refused for its length.
 * @see docs/decisions/0020-long-values.md
 */
import { createHash } from 'node:crypto';

/** Three of them (`|system|code|value`) fit into one index entry. */
const LONGEST_BYTES = 700;
/** Characters that are kept of a longer text. */
const KEPT = 128;
/** What a shortened text ends with. A text that looks so from the beginning is shortened too: no two are mixed up. */
const SHORTENED = /…[0-9a-f]{64}$/;
/** A UTF-16 unit is three bytes of UTF-8 at most. */
const SURELY_SHORT = Math.floor(LONGEST_BYTES / 3);

export function indexable(text: string): string {
  if (text.length <= SURELY_SHORT ? text.charAt(text.length - 65) !== '…' : !isLong(text)) return text;
  return `${firstCharacters(text, KEPT)}…${createHash('sha256').update(text).digest('hex')}`;
}

function isLong(text: string): boolean {
  return Buffer.byteLength(text) > LONGEST_BYTES || SHORTENED.test(text);
}

/** The first so many UTF-16 units, without half of a surrogate pair at the end: PostgreSQL refuses such a half. */
export function firstCharacters(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}
