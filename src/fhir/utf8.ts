/**
 * Bytes to text, strictly: FHIR is always UTF-8, in JSON and in XML, and a byte that is not would be silently
 * replaced by Node's own decoding. A byte order mark is allowed and dropped.
 * @see https://hl7.org/fhir/R4/http.html#mime-type
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { atOnce, BYTES_OF_SLICE, type Slices } from './slices';

/** The text, or the line (from 1) that holds the first byte that is not UTF-8. */
export type Decoded = { ok: true; text: string } | { ok: false; line: number };

export const decodeUtf8 = (bytes: Buffer): Decoded => atOnce(decodeUtf8InSlices(bytes));

export function* decodeUtf8InSlices(bytes: Buffer): Slices<Decoded> {
  const content = hasByteOrderMark(bytes) ? bytes.subarray(3) : bytes;
  if (isAscii(content)) return { ok: true, text: content.toString('latin1') };
  yield;
  if (isUtf8(content)) return { ok: true, text: yield* textOf(content) };
  return { ok: false, line: firstBadLine(content) };
}

/** The size of the parts that are decoded by themselves, in bytes. */
const PART = 16 * 1024;

/**
 * Decodes valid UTF-8. Most of a summary is the base64 of its document, and a part that is ASCII is decoded many times
 * faster than one that is not.
 */
function* textOf(content: Buffer): Slices<string> {
  let text = '';
  let endOfSlice = BYTES_OF_SLICE;
  for (let start = 0, end: number; start < content.length; start = end) {
    if (start >= endOfSlice) {
      yield;
      endOfSlice = start + BYTES_OF_SLICE;
    }
    end = Math.min(start + PART, content.length);
    const isPlain = isAscii(content.subarray(start, end));
    // A character of several bytes must not be cut.
    while (!isPlain && end < content.length && isContinuation(content[end]!)) end += 1;
    text += content.toString(isPlain ? 'latin1' : 'utf8', start, end);
  }
  return text;
}

/** A byte of a character that is not its first: `10xxxxxx`. */
const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

function hasByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** A line break is never part of a longer character, so each line can be judged alone. */
function firstBadLine(bytes: Buffer): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
    line += 1;
  }
}
