/**
 * Stores the bytes of a submission without storing a document twice: cuts the base64 of each stored document out of the
 * body, and deflates the rest. `join` reconstructs the original bytes.
 * @see docs/decisions/0007-bodies-without-documents.md
 */
import type { Slices } from '../../fhir/slices';
import { inSlices } from '../../platform/in-slices';
import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync, inflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** A document that the body contains as base64. */
export interface EmbeddedDocument {
  sha256: Buffer;
  bytes: Buffer;
  /** The base64 text as it was sent. */
  base64: string;
}

/** Where a document was cut out: its base64 belongs at `offset` of the skeleton. */
export interface Cut {
  offset: number;
  /** Hexadecimal. */
  sha256: string;
}

export interface StoredBody {
  encoding: 'deflate-raw';
  skeleton: Buffer;
  documents: Cut[];
}

/** Shorter documents are not cut out. */
const WORTHWHILE = 1024;
/** A smaller body is deflated at once, because passing it to a thread takes longer. */
const WORTH_A_THREAD = 256 * 1024;
const FAST = { level: 1, memLevel: 9 };

/** Cuts out each document whose canonical base64 is one run of bytes in the body; others stay in the body. */
export async function split(body: Buffer, documents: readonly EmbeddedDocument[]): Promise<StoredBody> {
  const found: { start: number; end: number; sha256: string }[] = [];
  for (const document of documents) {
    if (document.base64.length < WORTHWHILE || !isCanonical(document)) continue;
    for (const start of await inSlices(placesOf(document.base64, body)))
      found.push({ start, end: start + document.base64.length, sha256: document.sha256.toString('hex') });
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Buffer[] = [];
  const cuts: Cut[] = [];
  let position = 0;
  let offset = 0;
  for (const cut of found) {
    if (cut.start < position) continue;
    kept.push(body.subarray(position, cut.start));
    offset += cut.start - position;
    cuts.push({ offset, sha256: cut.sha256 });
    position = cut.end;
  }
  kept.push(body.subarray(position));
  const whole = Buffer.concat(kept);
  return {
    encoding: 'deflate-raw',
    skeleton: whole.length < WORTH_A_THREAD ? deflateRawSync(whole, FAST) : await deflate(whole, FAST),
    documents: cuts,
  };
}

/** How much of a text is compared in one slice. */
const SLICE = 256 * 1024;

/** Where a text occurs in the body. Its beginning is looked for first, because a search copies what it looks for. */
function* placesOf(text: string, body: Buffer): Slices<number[]> {
  const places: number[] = [];
  const beginning = text.slice(0, WORTHWHILE);
  for (let from = 0; ;) {
    const start = body.indexOf(beginning, from, 'latin1');
    if (start < 0) return places;
    yield;
    const alike = yield* alikeFrom(start, text, body);
    if (alike === text.length) places.push(start);
    // A document begins after a quotation mark, and so not within what is alike.
    from = start + alike;
  }
}

/** How much of the text is there, to the beginning of the part that differs. The parts grow, as most differ early. */
function* alikeFrom(start: number, text: string, body: Buffer): Slices<number> {
  let alike = 0;
  for (let size = WORTHWHILE; alike < text.length; size = Math.min(2 * size, SLICE)) {
    const part = Buffer.from(text.slice(alike, alike + size), 'latin1');
    const from = start + alike;
    if (!part.equals(body.subarray(from, from + part.length))) break;
    alike += part.length;
    yield;
  }
  return alike;
}

/** Returns the bytes as received. @param documentOf returns a document by the hexadecimal SHA-256 of its bytes */
export async function join(
  stored: StoredBody,
  documentOf: (sha256: string) => Promise<Buffer>,
): Promise<Buffer> {
  const skeleton = await inflate(stored.skeleton);
  const parts: Buffer[] = [];
  let position = 0;
  for (const cut of stored.documents) {
    parts.push(skeleton.subarray(position, cut.offset));
    parts.push(Buffer.from((await documentOf(cut.sha256)).toString('base64'), 'latin1'));
    position = cut.offset;
  }
  parts.push(skeleton.subarray(position));
  return Buffer.concat(parts);
}

/** True when encoding the bytes again gives exactly the text that was sent. */
function isCanonical({ bytes, base64 }: EmbeddedDocument): boolean {
  if (base64.length !== Math.ceil(bytes.length / 3) * 4) return false;
  // The length excludes white space, so only the last group can differ, in unused bits that are not zero.
  const tail = bytes.length - (bytes.length % 3 || 3);
  return bytes.subarray(tail).toString('base64') === base64.slice(-4);
}
