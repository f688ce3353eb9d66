/**
 * The bytes of an Attachment that came inline. Base64 is decoded strictly (white space is allowed, nothing else beside
 * the alphabet and its padding), and at most once for each attachment: the checks of a document and the step that
 * stores it share the same bytes.
 * @see https://hl7.org/fhir/R4/datatypes.html#Attachment
 * @see https://hl7.org/fhir/R4/datatypes.html#base64Binary
 */
import type { Json, JsonObject } from './types';

export type AttachmentBytes = { ok: true; bytes: Buffer } | { ok: false; reason: NoBytes };

/** Why there are no bytes: no `data`, not text, nothing in it, words where a document should stand, a `data:` URL, or not base64. */
export type NoBytes = 'absent' | 'not-text' | 'empty' | 'placeholder' | 'data-url' | 'not-base64';

interface Remembered {
  data: Json | undefined;
  result: AttachmentBytes;
}

/** Keyed by the attachment itself, so that the bytes go when the submission goes. */
const remembered = new WeakMap<JsonObject, Remembered>();

/** What `attachment.data` holds. Asking again for the same attachment costs nothing, unless its `data` has changed. */
export function attachmentBytes(attachment: JsonObject): AttachmentBytes {
  const known = remembered.get(attachment);
  if (known !== undefined && known.data === attachment.data) return known.result;
  const result = decode(attachment.data);
  remembered.set(attachment, { data: attachment.data, result });
  return result;
}

function decode(data: Json | undefined): AttachmentBytes {
  if (data === undefined || data === null) return { ok: false, reason: 'absent' };
  if (typeof data !== 'string') return { ok: false, reason: 'not-text' };
  const bytes = decodeBase64(data);
  if (bytes === undefined) return { ok: false, reason: whatStandsIn(data) };
  return bytes.length === 0 ? { ok: false, reason: 'empty' } : { ok: true, bytes };
}

/**
 * Decodes base64, or tells that it is none. Node's decoder skips what it does not know and never fails, so the length
 * of its result is held against the length of the text: a single foreign character makes it too short. That is one
 * pass in native code, where a regular expression over ten megabytes would be slow or overflow the stack.
 */
export function decodeBase64(text: string): Buffer | undefined {
  return decodeDense(text) ?? (/\s/.test(text) ? decodeDense(text.replace(/\s+/g, '')) : undefined);
}

function decodeDense(text: string): Buffer | undefined {
  const { length } = text;
  if (length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  // The decoder takes the two characters of the URL alphabet as well, which FHIR does not.
  if (text.includes('-') || text.includes('_')) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === (length / 4) * 3 - padding ? bytes : undefined;
}

function whatStandsIn(text: string): NoBytes {
  if (/^\s*data:/i.test(text)) return 'data-url';
  return isPlaceholder(text) ? 'placeholder' : 'not-base64';
}

/** True of text that an example has where a sender puts the document: `//base64encoded PDF`. */
function isPlaceholder(text: string): boolean {
  return text.length < 200 && /base\s*64|\bpdf\b|^\s*\/\/|^\s*[<{[]|\.\.\./i.test(text);
}
