/**
 * The server's id of the patient with an NHS number: a keyed hash (HMAC-SHA-256) in the form of a UUID, version 8.
 * So finding, locking and storing a patient need nothing but the primary key, and two first submissions for one
 * patient meet in one row. The key stays with the database: without it, ten digits could be searched through.
 * @see docs/decisions/0006-patient-ids.md
 */
import { createHmac } from 'node:crypto';
import { uuidOf } from './ids';

/** @param key the secret of this database, 32 bytes */
export function patientIds(key: Buffer): (nhsNumber: string) => string {
  return (nhsNumber) => {
    const bytes = createHmac('sha256', key).update(`nhs-number:${nhsNumber}`).digest().subarray(0, 16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x80;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return uuidOf(bytes);
  };
}
