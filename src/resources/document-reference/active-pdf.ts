/**
 * Finds active content in a PDF: JavaScript, actions that start a program, embedded files. It looks for names,
 * in any spelling, in the file and in its compressed object streams. It cannot see encrypted content.
 * @see ISO 32000-1, 7.3.5 (names), 7.5.7 (object streams), 12.6.4.5, 12.6.4.16 (actions), 7.11.4 (embedded files)
 */
import { inflateSync } from 'node:zlib';

const ACTIVE: Readonly<Record<string, string>> = {
  JavaScript: 'JavaScript',
  Launch: 'an action that starts a program',
  EmbeddedFile: 'embedded files',
  EmbeddedFiles: 'embedded files',
  RichMedia: 'embedded media',
};
const NAME = /\/(JavaScript|Launch|EmbeddedFiles?|RichMedia)(?=[\0\s/<>()[\]{}%]|$)/g;
/** A name may spell each of its characters as `#` and two hexadecimal digits. */
const SPELLED = /#([0-9A-Fa-f]{2})/g;

/** Bounds on what is inflated for one document. */
const MOST_STREAMS = 200;
const MOST_BYTES = 16 * 1024 * 1024;

/** The active content, in words for an issue text. Empty if there is none. */
export function activeContentOf(pdf: Buffer): string[] {
  const found = new Set<string>();
  for (const bytes of [pdf, ...objectStreamsOf(pdf)])
    if (mayHaveNames(bytes))
      for (const [, name = ''] of spelledOut(bytes.toString('latin1')).matchAll(NAME))
        found.add(ACTIVE[name]!);
  return [...found];
}

/** What every name of active content begins with. */
const BEGINNINGS = ['/JavaScript', '/Launch', '/EmbeddedFile', '/RichMedia'];
const NUMBER_SIGN = 0x23;
/** A name is shorter than this, also where each of its characters is spelled as three. */
const LONGEST_NAME = 64;
/** In compressed data, a few bytes look like a spelling by chance. Where there are many, the whole is read. */
const MOST_SPELLINGS = 100;

/** False when there is certainly no name: it is neither there as it is, nor around anything that is spelled. */
function mayHaveNames(bytes: Buffer): boolean {
  if (BEGINNINGS.some((beginning) => bytes.includes(beginning, 0, 'latin1'))) return true;
  let spellings = 0;
  for (let at = bytes.indexOf(NUMBER_SIGN); at >= 0; at = bytes.indexOf(NUMBER_SIGN, at + 1)) {
    if (!isHexDigit(bytes[at + 1]) || !isHexDigit(bytes[at + 2])) continue;
    spellings += 1;
    if (spellings > MOST_SPELLINGS) return true;
    const around = spelledOut(bytes.toString('latin1', Math.max(0, at - LONGEST_NAME), at + LONGEST_NAME));
    if (BEGINNINGS.some((beginning) => around.includes(beginning))) return true;
  }
  return false;
}

const isHexDigit = (byte: number | undefined): boolean =>
  byte !== undefined && /[0-9A-Fa-f]/.test(String.fromCharCode(byte));

const spelledOut = (text: string): string =>
  text.replace(SPELLED, (_spelling, digits: string) => String.fromCharCode(parseInt(digits, 16)));

/** The object streams that can be inflated. */
function* objectStreamsOf(pdf: Buffer): Generator<Buffer> {
  let room = MOST_BYTES;
  let at = pdf.indexOf('/ObjStm');
  for (let count = 0; at >= 0 && count < MOST_STREAMS && room > 0; count++) {
    const begin = startOfData(pdf, at);
    const end = begin < 0 ? -1 : pdf.indexOf('endstream', begin);
    if (end < 0) return;
    const inflated = inflate(pdf.subarray(begin, end), room);
    if (inflated) {
      room -= inflated.length;
      yield inflated;
    }
    at = pdf.indexOf('/ObjStm', end);
  }
}

/** After the word `stream` and the end of its line. */
function startOfData(pdf: Buffer, from: number): number {
  const word = pdf.indexOf('stream', from);
  if (word < 0) return -1;
  const after = word + 'stream'.length;
  return pdf[after] === 0x0d ? after + 2 : after + 1;
}

/** Undefined if it is compressed in another way, or is larger than the limit. */
function inflate(data: Buffer, maxOutputLength: number): Buffer | undefined {
  try {
    return inflateSync(data, { maxOutputLength });
  } catch {
    return undefined;
  }
}
