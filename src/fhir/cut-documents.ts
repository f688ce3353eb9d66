/**
 * Takes the base64 of documents out of a body before it is decoded and parsed, and puts it back into the parsed value.
 * Most of a summary is the base64 of one PDF. Decoding it, looking through it and parsing it makes three copies of it;
 * taken out, it is copied once. What is left is a tenth of the body.
 *
 * `{"data":"JVBE…"}` becomes `{"data":"<stand-in>"}`, and `<data value="JVBE…"/>` `<data value="<stand-in>"/>`. The stand-in has a random id, so no sender can write one.
 */
import { randomUUID } from 'node:crypto';
import type { Slices } from './slices';
import type { Json, JsonObject } from './types';

export interface WithoutDocuments {
  bytes: Buffer;
  /** What was taken out, in its order. None where the body has no long base64. */
  documents: readonly string[];
  /** What stands in the place of a document, followed by its number. */
  standIn: string;
}

/** A text that is shorter is not taken out, and a text that is twice as long always is. */
const LONG = 16 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

export function* cutDocuments(
  bytes: Buffer,
  isWholeValue: IsWholeValue = isValueOfJson,
): Slices<WithoutDocuments> {
  const standIn = `cut-${randomUUID()}-`;
  const documents: string[] = [];
  const kept: Buffer[] = [];
  let copied = 0;
  for (let position = 0; position + LONG < bytes.length;) {
    const end = bytes.indexOf(QUOTE, position);
    if (end < 0) break;
    if (end - position < LONG) {
      position += LONG;
      continue;
    }
    const start = bytes.lastIndexOf(QUOTE, position) + 1;
    position = end + 1;
    if (start <= copied || !isWholeValue(bytes, start, end)) continue;
    yield;
    const text = bytes.toString('latin1', start, end);
    if (!(yield* isBase64(text))) continue;
    kept.push(bytes.subarray(copied, start), Buffer.from(standIn + documents.length));
    documents.push(text);
    copied = end;
  }
  if (documents.length === 0) return { bytes, documents, standIn };
  kept.push(bytes.subarray(copied));
  return { bytes: Buffer.concat(kept), documents, standIn };
}

/** Whether what is between two quotation marks is a value by itself. */
export type IsWholeValue = (bytes: Buffer, start: number, end: number) => boolean;

/** True unless the quotation mark before the text is part of a longer text, or the text is the name of a member. */
function isValueOfJson(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start - 2] === BACKSLASH) return false;
  let next = end + 1;
  while (bytes[next] === 0x20 || bytes[next] === 0x0a || bytes[next] === 0x0d || bytes[next] === 0x09)
    next += 1;
  return bytes[next] !== COLON;
}

const PART = 64 * 1024;
/** So many characters are looked at in one slice. */
const SLICE = 16 * PART;
const decodedPart = Buffer.alloc((PART / 4) * 3);

/** True for base64 without white space: decoding skips every other character, and then gives too few bytes. */
function* isBase64(text: string): Slices<boolean> {
  if (text.length % 4 !== 0) return false;
  for (let start = 0; start < text.length; start += PART) {
    if (start % SLICE === 0) yield;
    const part = text.slice(start, start + PART);
    if (part.includes('-') || part.includes('_')) return false;
    const isLast = start + PART >= text.length;
    const padding = !isLast ? 0 : part.endsWith('==') ? 2 : part.endsWith('=') ? 1 : 0;
    if (decodedPart.write(part, 'base64') !== (part.length / 4) * 3 - padding) return false;
  }
  return true;
}

/** Puts documents back where their stand-ins are. */
export interface PutBack {
  /** In a part of the parsed value. */
  into(part: Json): void;
  /** False unless every document had exactly one place: the body must then be read without cutting. */
  isWhole(): boolean;
}

export function putBack({ documents, standIn }: WithoutDocuments): PutBack {
  const left = new Map(documents.map((text, index) => [standIn + index, text]));
  const documentFor = (item: Json | undefined): string | undefined => {
    if (typeof item !== 'string' || !item.startsWith(standIn)) return undefined;
    const text = left.get(item);
    left.delete(item);
    return text;
  };
  const visit = (holder: Json): void => {
    if (typeof holder !== 'object' || holder === null || left.size === 0) return;
    for (const key in holder as JsonObject) {
      const item = (holder as JsonObject)[key]!;
      if (typeof item === 'object') visit(item);
      else {
        const text = documentFor(item);
        if (text !== undefined) (holder as JsonObject)[key] = text;
      }
    }
  };
  return { into: visit, isWhole: () => left.size === 0 };
}
