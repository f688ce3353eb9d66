/**
 * The content of a Bundle, set apart from how it was written: the SHA-256 of its members in the order of their names.
 * Two submissions of one lineage and version are the same when these are equal (key order, white space and format
 * set aside).
 */
import { createHash } from 'node:crypto';
import type { Json } from '../fhir/types';

/** A document in the Bundle, hashed already. */
export interface HashedText {
  base64: string;
  sha256: Buffer;
}

/** @param documents stand for their base64, which is long; the hash of their bytes is known */
export function contentSha256(value: Json, documents: readonly HashedText[] = []): Buffer {
  const known = new Map(documents.map(({ base64, sha256 }) => [base64, sha256]));
  return createHash('sha256').update(textOf(value, known)).digest();
}

/** One text for one content. The mark and the length in front of a string keep it from running into what follows. */
function textOf(value: Json | undefined, known: ReadonlyMap<string, Buffer>): string {
  if (typeof value === 'string') {
    const sha256 = value.length < SHORT ? undefined : known.get(value);
    return sha256 === undefined ? `"${value.length}:${value}"` : `#${sha256.toString('hex')}`;
  }
  if (Array.isArray(value)) {
    let text = '[';
    for (const item of value) text += `${textOf(item, known)},`;
    return `${text}]`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  let text = '{';
  for (const name of Object.keys(value).sort()) {
    if (value[name] !== undefined) text += `${JSON.stringify(name)}:${textOf(value[name], known)},`;
  }
  return `${text}}`;
}

/** Shorter texts are not looked up. */
const SHORT = 1024;
