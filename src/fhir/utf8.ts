/**
 * Bytes to text, strictly: FHIR is always UTF-8, in JSON and in XML, and a byte that is not would be silently
 * replaced by Node's own decoding. A byte order mark is allowed and dropped.
 * @see https://hl7.org/fhir/R4/http.html#mime-type
 */
import { isAscii, isUtf8 } from 'node:buffer';

/** The text, or the line (from 1) that holds the first byte that is not UTF-8. */
export type Decoded = { ok: true; text: string } | { ok: false; line: number };

export function decodeUtf8(bytes: Buffer): Decoded {
  const content = hasByteOrderMark(bytes) ? bytes.subarray(3) : bytes;
  if (isAscii(content)) return { ok: true, text: content.toString('latin1') };
  if (isUtf8(content)) return { ok: true, text: content.toString('utf8') };
  return { ok: false, line: firstBadLine(content) };
}

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
