/**
 * Ids that follow from what a thing is known by: a keyed hash (HMAC-SHA-256) in the form of a UUID, version 8. The id of
 * a Patient follows from the NHS number: finding, locking and storing a patient need nothing but the primary key, and
 * two first submissions for one patient meet in one row. That of an Organization follows from its ODS code.
 * The key stays with the database: without it, ten digits could be searched through.
 * @see docs/decisions/0006-patient-ids.md
 */
import { createHmac } from 'node:crypto';
import { uuidOf } from './ids';

/** The id of what is known by `value`, such as an NHS number; `kind` keeps the values of different things apart. */
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
