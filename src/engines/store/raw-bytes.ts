/** Reconstructs the original bytes of a submission, and checks them with their SHA-256. */
import { createHash } from 'node:crypto';
import type { ByteSource, Queryable } from '../../platform/postgres';
import type { Documents } from './documents';
import { readBody } from './submissions';
import { join } from './submission-body';

export interface Raw {
  bytes: Buffer;
  contentType: string;
}

/**
 * @returns undefined when there is no such submission
 * @throws when the bytes differ from those received: the store was damaged or tampered with
 */
export async function rawBytes(
  db: Queryable & ByteSource,
  submissionId: string,
  documents: Pick<Documents, 'read'>,
): Promise<Raw | undefined> {
  const stored = await readBody(db, submissionId);
  if (!stored) return undefined;
  const bytes = await join(stored, async (sha256) => {
    const document = await documents.read(db, Buffer.from(sha256, 'hex'));
    if (!document) throw new Error('a document of a submission is missing');
    return document;
  });
  if (!createHash('sha256').update(bytes).digest().equals(stored.sha256)) {
    throw new Error('the stored bytes of a submission differ from the bytes that were received');
  }
  return { bytes, contentType: stored.contentType };
}
