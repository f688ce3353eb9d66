/**
 * The file of an exported month: lines of JSON, compressed with gzip. It can be verified with nothing but the ledger's
 * public key (`verify-month-file.ts`).
 *
 * - The first line is the header: `{ "format": "homeward-audit-month/1", "month": "2026-03", "publicKey": "…" }`.
 * - `{ "shape": "…" }` stands before the first seal that uses it: the columns of the digests, as the ledger has them.
 * - `{ "seal": 12, "head": "…", "signature": "…", "leaves": "…" }` is a seal, with all records under it: kind (1 byte),
 *   id (16) and digest (32) of each, in base64. `removed` has the ids of the month's records that retention removed
 *   before the export.
 * - `{ "row": "(0195…,2026-03-01 …)" }` is an audit record of the seal before it, in the order of the leaves. Its text
 *   is the one whose SHA-256 is the record's digest.
 * - The last line is the footer: `{ "end": true, "month": "2026-03", "firstSeal": 12, "lastSeal": 14, "seals": 3,
 *   "rows": 9, "removed": 0, "sha256": "…", "signature": "…" }`. The hash is that of all bytes before the footer,
 *   uncompressed. The ledger's key signs the rest (`footerText`). Without the signature, anybody could take out the
 *   last seal, or a row whose id then stands in `removed`. Files of earlier versions have none.
 */
import { createHash, type Hash } from 'node:crypto';
import { gatherBytes } from '../../../platform/gather-bytes';

export const MONTH_FORMAT = 'homeward-audit-month/1';

export interface MonthHeader {
  format: typeof MONTH_FORMAT;
  month: string;
  publicKey: string;
}

export interface MonthSeal {
  seal: number;
  head: string;
  signature: string;
  /** Base64. */
  leaves: string;
  removed?: string[];
}

/** What the export says of the file. */
export interface MonthCounts {
  month: string;
  firstSeal: number;
  lastSeal: number;
  seals: number;
  rows: number;
  removed: number;
}

export interface MonthFooter extends MonthCounts {
  end: true;
  sha256: string;
  /** Ed25519, base64. Files of earlier versions have none, and neither month nor seals here. */
  signature?: string;
}

/** The text that is signed. It can be taken for no head. */
export function footerText(footer: MonthCounts & Pick<MonthFooter, 'sha256'>): string {
  const { month, firstSeal, lastSeal, seals, rows, removed, sha256 } = footer;
  const counts = { month, firstSeal, lastSeal, seals, rows, removed };
  return JSON.stringify({ auditMonth: 'homeward/1', ...counts, sha256 });
}

export type MonthLine =
  | { kind: 'header'; value: MonthHeader }
  | { kind: 'shape'; value: string }
  | { kind: 'seal'; value: MonthSeal }
  | { kind: 'row'; value: string }
  /** `sha256` is that of the bytes before it, as they are. */
  | { kind: 'footer'; value: MonthFooter; sha256: string }
  | { kind: 'unreadable' };

/** Makes the lines of a file, and its footer. */
export function monthLines(): {
  line(value: object): string;
  /** @param sign with the ledger's key */
  footer(counts: MonthCounts, sign: (text: string) => string): string;
} {
  const hash = createHash('sha256');
  return {
    line: (value) => {
      const text = `${JSON.stringify(value)}\n`;
      hash.update(text);
      return text;
    },
    footer: (counts, sign) => {
      const sha256 = hash.digest('hex');
      const signature = sign(footerText({ ...counts, sha256 }));
      return `${JSON.stringify({ end: true, ...counts, sha256, signature })}\n`;
    },
  };
}

/** A line of a file that was not made by an export could be endless. */
const LONGEST_LINE = 256 * 1024 * 1024;

const FOOTER = Buffer.from('{"end":');

const ROW = Buffer.from('{"row":');

/**
 * Reads the lines of an uncompressed file, piece by piece.
 * @param only leaves out rows without these bytes; the hash of the footer is not that of the file then
 */
export async function* readMonthLines(
  pieces: AsyncIterable<Buffer>,
  only?: Buffer,
): AsyncGenerator<MonthLine> {
  const hash = createHash('sha256');
  for await (const line of splitLines(pieces)) {
    const isLeftOut = only && line.subarray(0, ROW.length).equals(ROW) && !line.includes(only);
    if (!isLeftOut) yield lineOf(line, hash);
  }
}

function lineOf(line: Buffer, hash: Hash): MonthLine {
  const isFooter = line.subarray(0, FOOTER.length).equals(FOOTER);
  const sha256 = isFooter ? hash.copy().digest('hex') : '';
  hash.update(line);
  let value: Record<string, unknown>;
  try {
    value = (JSON.parse(line.toString('utf8')) ?? {}) as Record<string, unknown>;
  } catch {
    return { kind: 'unreadable' };
  }
  // The rows first: nearly every line is one.
  if (typeof value.row === 'string') return { kind: 'row', value: value.row };
  if (typeof value.shape === 'string') return { kind: 'shape', value: value.shape };
  if (isSeal(value)) return { kind: 'seal', value };
  if (isFooter && isFooterValue(value)) return { kind: 'footer', value, sha256 };
  if (value.format === MONTH_FORMAT && typeof value.month === 'string' && typeof value.publicKey === 'string')
    return { kind: 'header', value: value as unknown as MonthHeader };
  return { kind: 'unreadable' };
}

function isSeal(value: object): value is MonthSeal {
  const { seal, head, signature, leaves, removed } = value as Partial<MonthSeal>;
  return (
    Number.isSafeInteger(seal) &&
    [head, signature, leaves].every((each) => typeof each === 'string') &&
    (removed === undefined || (Array.isArray(removed) && removed.every((each) => typeof each === 'string')))
  );
}

function isFooterValue(value: object): value is MonthFooter {
  const { seals, rows, removed, sha256, signature } = value as Partial<MonthFooter>;
  return (
    [seals, rows, removed].every((each) => Number.isSafeInteger(each)) &&
    typeof sha256 === 'string' &&
    (signature === undefined || typeof signature === 'string')
  );
}

/** Each line with its end. A text after the last end of a line is a line, too. */
async function* splitLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const line = gatherBytes();
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
      const last = piece.subarray(start, end + 1);
      if (line.size() === 0) yield last;
      else {
        line.add(last);
        yield line.bytes();
        line.clear();
      }
      start = end + 1;
    }
    if (start < piece.length) {
      line.add(piece.subarray(start));
      if (line.size() > LONGEST_LINE) throw new RangeError('a line of the file is too long');
    }
  }
  if (line.size() > 0) yield line.bytes();
}
