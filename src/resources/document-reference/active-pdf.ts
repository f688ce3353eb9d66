/**
 * Finds active content in a PDF: JavaScript, actions that start a program, embedded files. It looks for names,
 * in any spelling, in the file and in its compressed object streams. It cannot see encrypted content. The work is
 * bounded, whatever its streams inflate to.
 * @see ISO 32000-1, 7.3.5 (names), 7.5.7 (object streams), 12.6.4.5, 12.6.4.16 (actions), 7.11.4 (embedded files)
 */
import { inflateSync } from 'node:zlib';
import { BYTES_OF_SLICE, type Slices } from '../../fhir/slices';

const ACTIVE: Readonly<Record<string, string>> = {
  JavaScript: 'JavaScript',
  Launch: 'an action that starts a program',
  EmbeddedFile: 'embedded files',
  EmbeddedFiles: 'embedded files',
  RichMedia: 'embedded media',
};
const NAMES = Object.entries(ACTIVE).map(([name, what]) => ({ letters: Buffer.from(name, 'latin1'), what }));
const OUT_OF_PROPORTION = 'compressed content out of all proportion';

/** What may still be inflated, in bytes. */
export interface Room {
  left: number;
}

/** For all documents of one submission together. */
export const roomForStreams = (): Room => ({ left: 16 * 1024 * 1024 });

/** Bounds for one document: streams, and so many times its bytes. */
const MOST_STREAMS = 200;
const MOST_TIMES = 64;

/** Several attachments may lead to the same bytes. */
const remembered = new WeakMap<Buffer, readonly string[]>();

/**
 * The active content, in words for an issue text. Empty if there is none.
 * @param room is used up by what is inflated
 */
export function* activeContentOf(pdf: Buffer, room: Room = roomForStreams()): Slices<readonly string[]> {
  const known = remembered.get(pdf);
  if (known) return known;
  const found = new Set<string>();
  yield* noteNames(pdf, found);
  yield* noteNamesInStreams(pdf, room, found);
  const words = [...found];
  remembered.set(pdf, words);
  return words;
}

const SLASH = 0x2f;
const NUMBER_SIGN = 0x23;
/** The bytes of a spelled character. */
const SPELLED = 3;
/** What a name that is looked for begins with: its first letter, or the spelling of it. */
const BEGINNINGS = new Set([NUMBER_SIGN, ...NAMES.map(({ letters }) => letters[0]!)]);
/** White space and delimiters, which end a name. */
const ENDS = new Set(Buffer.from('\0\t\n\v\f\r \u00a0/<>()[]{}%', 'latin1'));

/** A name may spell each of its characters as `#` and two hexadecimal digits. */
function* noteNames(bytes: Buffer, found: Set<string>): Slices<void> {
  for (let start = 0; start < bytes.length; start += BYTES_OF_SLICE) {
    if (start > 0) yield;
    noteNamesFrom(bytes, start, found);
  }
}

/** The names that begin in one slice. */
function noteNamesFrom(bytes: Buffer, start: number, found: Set<string>): void {
  const end = Math.min(start + BYTES_OF_SLICE, bytes.length);
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at];
    if (byte !== SLASH && (byte !== NUMBER_SIGN || characterAt(bytes, at) !== SLASH)) continue;
    const begin = byte === SLASH ? at + 1 : at + SPELLED;
    if (!BEGINNINGS.has(bytes[begin]!)) continue;
    for (const { letters, what } of NAMES) if (isNameAt(bytes, begin, letters)) found.add(what);
  }
}

function isNameAt(bytes: Buffer, begin: number, letters: Buffer): boolean {
  let at = begin;
  for (let index = 0; index < letters.length; index += 1) {
    if (bytes[at] === letters[index]) at += 1;
    else if (bytes[at] === NUMBER_SIGN && characterAt(bytes, at) === letters[index]) at += SPELLED;
    else return false;
  }
  return at >= bytes.length || ENDS.has(characterAt(bytes, at)!);
}

/** The character at a place, spelled or not. */
const characterAt = (bytes: Buffer, at: number): number | undefined =>
  isSpelledAt(bytes, at) ? digitOf(bytes[at + 1]) * 16 + digitOf(bytes[at + 2]) : bytes[at];

const isSpelledAt = (bytes: Buffer, at: number): boolean =>
  bytes[at] === NUMBER_SIGN && digitOf(bytes[at + 1]) >= 0 && digitOf(bytes[at + 2]) >= 0;

/** The value of a hexadecimal digit; -1 for another byte. */
function digitOf(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const capital = byte & ~0x20;
  return capital >= 0x41 && capital <= 0x46 ? capital - 0x37 : -1;
}

/** What cannot be inflated within the bounds is reported, because it may hide a name. */
function* noteNamesInStreams(pdf: Buffer, room: Room, found: Set<string>): Slices<void> {
  let left = MOST_TIMES * pdf.length;
  let at = pdf.indexOf('/ObjStm');
  for (let count = 0; at >= 0 && count < MOST_STREAMS; count++) {
    const begin = startOfData(pdf, at);
    const end = begin < 0 ? -1 : pdf.indexOf('endstream', begin);
    if (end < 0) return;
    const most = Math.min(left, room.left);
    const inflated = most > 0 ? inflate(pdf.subarray(begin, end), most) : 'too-large';
    const used = inflated === 'too-large' ? Math.max(most, 0) : inflated.length;
    left -= used;
    room.left -= used;
    if (inflated === 'too-large') {
      found.add(OUT_OF_PROPORTION);
      return;
    }
    yield* noteNames(inflated, found);
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

/** Nothing if it is compressed in another way. */
function inflate(data: Buffer, maxOutputLength: number): Buffer | 'too-large' {
  try {
    return inflateSync(data, { maxOutputLength });
  } catch (error) {
    return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : Buffer.alloc(0);
  }
}
