/**
 * The content of a Bundle, set apart from how it was written: the SHA-256 of its members in the order of their names.
 * Two submissions of one lineage and version are the same when these are equal (key order, white space and format
 * set aside).
 */
import { createHash, type Hash } from 'node:crypto';
import type { Json } from '../fhir/types';

export function contentSha256(value: Json): Buffer {
  const hash = createHash('sha256');
  feed(hash, value);
  return hash.digest();
}

function feed(hash: Hash, value: Json | undefined): void {
  if (Array.isArray(value)) {
    hash.update('[');
    for (const item of value) {
      feed(hash, item);
      hash.update(',');
    }
    hash.update(']');
  } else if (typeof value === 'object' && value !== null) {
    hash.update('{');
    for (const name of Object.keys(value).sort()) {
      if (value[name] === undefined) continue;
      hash.update(`${JSON.stringify(name)}:`);
      feed(hash, value[name]);
      hash.update(',');
    }
    hash.update('}');
  } else if (typeof value === 'string') {
    // The length in front keeps one string from running into the next.
    hash.update(`"${value.length}:`).update(value).update('"');
  } else {
    hash.update(String(value));
  }
}
