/** Sends a message through MESH: in one piece, or in chunks when it is large; compressed unless it is small. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Mailbox } from './mailbox';

export interface Letter {
  to: string;
  workflow: string;
  /** The sender's own id of it, by which MESH finds it again. No personal data. */
  localId: string;
  subject?: string;
  fileName?: string;
  contentType: string;
  bytes: Buffer;
}

/** MESH accepts requests of up to 100 MB, and asks for chunks of more than 5 MB. */
const CHUNK_BYTES = 20 * 1024 * 1024;
const COMPRESSED_FROM_BYTES = 16 * 1024;

const compress = promisify(gzip);

/**
 * Sends the first request once. If its answer is lost, nobody but MESH knows whether the message exists, and the
 * message is not sent again here: see `Mailbox.sent`. MESH delivers a message of several chunks when the last is there.
 * @param chunkBytes the size of a chunk before compression
 * @returns the message id
 */
export async function sendMessage(
  mailbox: Pick<Mailbox, 'post' | 'postChunk'>,
  letter: Letter,
  signal: AbortSignal,
  chunkBytes: number = CHUNK_BYTES,
): Promise<string> {
  const { bytes } = letter;
  const total = Math.max(1, Math.ceil(bytes.length / chunkBytes));
  const isCompressed = bytes.length >= COMPRESSED_FROM_BYTES;
  const bodyOf = async (number: number): Promise<Buffer> => {
    const part = bytes.subarray((number - 1) * chunkBytes, number * chunkBytes);
    return isCompressed ? compress(part) : part;
  };
  const headersOf = (number: number): Record<string, string> => ({
    ...(isCompressed ? { 'Content-Encoding': 'gzip' } : {}),
    ...(total > 1 ? { 'Mex-Chunk-Range': `${number}:${total}` } : {}),
    'Content-Type': total > 1 ? 'application/octet-stream' : letter.contentType,
  });
  const first = { ...letterHeaders(letter, total), ...headersOf(1) };
  const id = await mailbox.post({ headers: first, body: await bodyOf(1) }, signal);
  for (let number = 2; number <= total; number += 1)
    await mailbox.postChunk(id, number, { headers: headersOf(number), body: await bodyOf(number) }, signal);
  return id;
}

function letterHeaders(
  { to, workflow, localId, subject, fileName, contentType }: Letter,
  chunks: number,
): Record<string, string> {
  return {
    'Mex-To': plain(to),
    'Mex-WorkflowID': plain(workflow),
    'Mex-LocalID': plain(localId),
    'Mex-MessageType': 'DATA',
    ...(subject === undefined ? {} : { 'Mex-Subject': plain(subject) }),
    ...(fileName === undefined ? {} : { 'Mex-FileName': plain(fileName) }),
    ...(chunks > 1 ? { 'Mex-Content-Type': contentType } : {}),
  };
}

/** Headers have no other characters than printable ASCII. */
const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, '_');
