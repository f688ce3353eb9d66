/**
 * Makes ids from the keys of things: a keyed hash (HMAC-SHA-256) in the form of a UUID, version 8. The id of a Patient
 * is made from the NHS number, so finding, locking and storing a patient need only the primary key, and two first
 * submissions for one patient write the same row. The id of an Organization is made from its ODS code. The secret key
 * stays in the database: without it, an attacker could try all ten-digit numbers.
 * @see docs/decisions/0006-patient-ids.md
 */
import { createHmac } from 'node:crypto';
import { uuidOf } from './ids';

/** The id for `value`, such as an NHS number; `kind` separates the values of different things. */
export type KeyedId = (kind: string, value: string) => string;

/** @param key the secret of this database, 32 bytes */
export function keyedIds(key: Buffer): KeyedId {
  return (kind, value) => {
    const bytes = createHmac('sha256', key).update(`${kind}:${value}`).digest().subarray(0, 16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x80;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return uuidOf(bytes);
  };
}
