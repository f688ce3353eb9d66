/**
 * Makes new ids: UUIDs of version 7 (RFC 9562), which are ordered by time, so that the newest rows of an index are
 * together. Their last ten bits are a bucket, a number from 0 to 1023. All resources of one patient have the patient's
 * bucket, so it can be calculated from the id of the resource or of the patient.
 * @see docs/decisions/0042-ids-carry-the-bucket.md
 */
import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(4096);
let used = pool.length;

const BUCKETS = 1024;

/**
 * Makes an id.
 * @param bucket the bucket of the patient that it belongs to; random unless given
 * @param now in milliseconds since 1970
 */
export type NewId = (bucket?: number, now?: number) => string;

/** The bucket of an id of any version: its last ten bits. */
export function bucketOf(id: string): number {
  return parseInt(id.slice(-3), 16) % BUCKETS;
}

/** The same id in another bucket. */
export function inBucket(id: string, bucket: number): string {
  return id.slice(0, -3) + lastDigits((parseInt(id.slice(-3), 16) & ~(BUCKETS - 1)) | checked(bucket));
}

/** A new UUID, version 7. */
export function newId(bucket?: number, now: number = Date.now()): string {
  if (used + 10 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + 10);
  used += 10;
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUIntBE(now, 0, 6);
  random.copy(bytes, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const id = uuidOf(bytes);
  return bucket === undefined ? id : inBucket(id, bucket);
}

const lastDigits = (number: number): string => number.toString(16).padStart(3, '0');

function checked(bucket: number): number {
  if (!Number.isInteger(bucket) || bucket < 0 || bucket >= BUCKETS)
    throw new RangeError(`${bucket} is no bucket.`);
  return bucket;
}

/** Sixteen bytes in the canonical form of a UUID. */
export function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** When an id of version 7 was made, in milliseconds since 1970; undefined of any other. */
export function timeOfId(id: string): number | undefined {
  return id[14] === '7' ? parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;
}

/** The smallest UUID of version 7 that begins with this moment. */
export function firstIdOf(millis: number): string {
  const hex = millis.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
