/**
 * Decodes the inline bytes of an Attachment. Base64 is decoded strictly (only white space is allowed beside the
 * alphabet and its padding), and at most once for each attachment: the checks of a document and the step that stores it
 * share the same bytes.
 * @see https://hl7.org/fhir/R4/datatypes.html#Attachment
 * @see https://hl7.org/fhir/R4/datatypes.html#base64Binary
 */
import { atOnce, type Slices } from './slices';
import type { Json, JsonObject } from './types';

export type AttachmentBytes = { ok: true; bytes: Buffer } | { ok: false; reason: NoBytes };

/** Why there are no bytes: no `data`, not text, empty, words in place of a document, a `data:` URL, or not base64. */
export type NoBytes = 'absent' | 'not-text' | 'empty' | 'placeholder' | 'data-url' | 'not-base64';

interface Remembered {
  data: Json | undefined;
  result: AttachmentBytes;
}

/** Keyed by the attachment itself, so that the bytes are freed together with the submission. */
const remembered = new WeakMap<JsonObject, Remembered>();

/** Decodes `attachment.data`. The result is remembered for each attachment until its `data` changes. */
export const attachmentBytes = (attachment: JsonObject): AttachmentBytes =>
  atOnce(attachmentBytesInSlices(attachment));

/** The same for a large document. */
export function* attachmentBytesInSlices(attachment: JsonObject): Slices<AttachmentBytes> {
  const known = remembered.get(attachment);
  if (known !== undefined && known.data === attachment.data) return known.result;
  const result = yield* decode(attachment.data);
  remembered.set(attachment, { data: attachment.data, result });
  return result;
}

function* decode(data: Json | undefined): Slices<AttachmentBytes> {
  if (data === undefined || data === null) return { ok: false, reason: 'absent' };
  if (typeof data !== 'string') return { ok: false, reason: 'not-text' };
  const bytes = yield* decodeBase64InSlices(data);
  if (bytes === undefined) return { ok: false, reason: whatStandsIn(data) };
  return bytes.length === 0 ? { ok: false, reason: 'empty' } : { ok: true, bytes };
}

/**
 * Decodes base64, or returns that it is invalid. Node's decoder skips unknown characters and never fails, so the length
 * of its result is compared with the length of the text: one foreign character makes the result too short. This is one
 * pass in native code. A regular expression over ten megabytes would be slow or overflow the stack.
 */
export const decodeBase64 = (text: string): Buffer | undefined => atOnce(decodeBase64InSlices(text));

/** The same for a large text. */
export function* decodeBase64InSlices(text: string): Slices<Buffer | undefined> {
  const bytes = yield* decodeDense(text);
  if (bytes !== undefined || !/\s/.test(text)) return bytes;
  return yield* decodeDense(text.replace(/\s+/g, ''));
}

/** So many characters are decoded in one slice: a multiple of four. */
const SLICE = 1024 * 1024;

function* decodeDense(text: string): Slices<Buffer | undefined> {
  const { length } = text;
  if (length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  // The decoder also accepts the two characters of the URL alphabet, which FHIR does not.
  if (text.includes('-') || text.includes('_')) return undefined;
  const size = (length / 4) * 3 - padding;
  if (length <= SLICE) {
    const bytes = Buffer.from(text, 'base64');
    return bytes.length === size ? bytes : undefined;
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let start = 0; start < length; start += SLICE) {
    yield;
    const place = (start / 4) * 3;
    const written = bytes.write(text.slice(start, start + SLICE), place, 'base64');
    if (written !== Math.min((SLICE / 4) * 3, size - place)) return undefined;
  }
  return bytes;
}

function whatStandsIn(text: string): NoBytes {
  if (/^\s*data:/i.test(text)) return 'data-url';
  return isPlaceholder(text) ? 'placeholder' : 'not-base64';
}

/** True for placeholder text of an example that was sent in place of a document: `//base64encoded PDF`. */
function isPlaceholder(text: string): boolean {
  return text.length < 200 && /base\s*64|\bpdf\b|^\s*\/\/|^\s*[<{[]|\.\.\./i.test(text);
}
