/**
 * The cursor of a page: the search, the state of the database at the first page, and where the last page ended. It is
 * encrypted and authenticated (AES-256-GCM), so that it is opaque, cannot be altered, and shows no NHS number in a
 * link. Any node with the key can serve the next page. A cursor expires.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Newest } from './request';

export interface Cursor {
  type: string;
  params: (readonly [string, string])[];
  newest?: Newest;
  /** `pg_current_snapshot()` of the first page. */
  snapshot: string;
  /** The position in the write-ahead log before which all transactions of the snapshot are; absent without replicas. */
  position?: string;
  /** The sort keys of the last match, as text, and its id. */
  after: (string | null)[];
  /** As counted for the first page. */
  total: number | null;
  /** The caller that the total was counted for. */
  viewer?: string;
  /** Seconds since 1970. */
  expires: number;
}

export type CursorRead = { ok: true; cursor: Cursor } | { ok: false; why: 'expired' | 'invalid' };

export interface CursorCodec {
  write(cursor: Cursor): string;
  read(text: string, now: Date): CursorRead;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Longer than any cursor that the server writes. */
const MAX_LENGTH = 16_000;

/** @param key the secret of this database */
export function cursorCodec(key: Buffer): CursorCodec {
  const secret = createHash('sha256').update('search-cursor:').update(key).digest();
  return {
    write(cursor) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secret, iv);
      const plain = deflateRawSync(JSON.stringify(cursor));
      const hidden = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), hidden]).toString('base64url');
    },

    read(text, now) {
      const cursor = text.length > MAX_LENGTH ? undefined : open(Buffer.from(text, 'base64url'), secret);
      if (cursor === undefined) return { ok: false, why: 'invalid' };
      return cursor.expires < now.getTime() / 1000 ? { ok: false, why: 'expired' } : { ok: true, cursor };
    },
  };
}

function open(bytes: Buffer, secret: Buffer): Cursor | undefined {
  if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    const plain = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(inflateRawSync(plain).toString()) as Cursor;
  } catch {
    return undefined;
  }
}
