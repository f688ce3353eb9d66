/**
 * Downloads a MESH message: its chunks in order, each decompressed by its own `Content-Encoding`, joined, and then
 * decompressed once more if the sender compressed the file itself. It reads no more than the limit.
 *
 * `Mex-Content-Compressed` says nothing: MESH sets it also when it compresses an answer on its way. So the content
 * decides: gzip begins with `1F 8B`.
 */
import { PassThrough, type Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { gatherBytes } from '../../platform/gather-bytes';
import { checksumFault } from './checksum';
import { awayFrom, isGone } from './mesh-fault';
import type { Chunk, Mailbox } from './mailbox';
import type { MessageHead } from './message-head';

export type Download =
  | { kind: 'whole'; head: MessageHead; bytes: Buffer }
  /** Larger than the limit: what was read of it. */
  | { kind: 'too-large'; head: MessageHead; bytes: Buffer }
  /** It cannot be decoded: the bytes as they were received, as far as they were read, and why. */
  | { kind: 'broken'; head: MessageHead; bytes: Buffer; why: string };

/** A message of more chunks is not decodable: the limit of a body is reached long before. */
const MOST_CHUNKS = 10_000;

/** Of compressed chunks, so much more than the limit may be received: gzip makes what it cannot compress a little longer. */
const overheadOf = (limit: number): number => 1_024 + Math.ceil(limit / 1_000);

/** @param limit the most bytes of the decoded message */
export async function download(
  mailbox: Pick<Mailbox, 'chunk'>,
  id: string,
  limit: number,
  signal: AbortSignal,
): Promise<Download> {
  const joined = collector(limit);
  const received = { left: limit + overheadOf(limit) };
  let head: MessageHead | undefined;
  for (let number = 1; ; number += 1) {
    const chunk = await chunkOf(mailbox, id, number, signal);
    if (chunk === undefined)
      return {
        kind: 'broken',
        head: head!,
        bytes: joined.bytes(),
        why: `MESH does not have its chunk ${number}`,
      };
    head ??= chunk.head;
    const end = await addChunk(chunk, joined, received);
    if (end === 'too-large') return { kind: 'too-large', head, bytes: joined.bytes() };
    if (end !== 'whole')
      return { kind: 'broken', head, bytes: Buffer.concat([joined.bytes(), end.raw]), why: end.why };
    const total = head.chunks ?? (chunk.isPartial ? MOST_CHUNKS : number);
    if (number >= total || (head.chunks === undefined && !chunk.isPartial)) break;
    if (number >= MOST_CHUNKS)
      return { kind: 'broken', head, bytes: joined.bytes(), why: `it has more than ${MOST_CHUNKS} chunks` };
  }
  return decoded(head, joined.bytes(), limit);
}

/** Undefined for a later chunk that MESH does not have. The first one is missing with its whole message. */
async function chunkOf(
  mailbox: Pick<Mailbox, 'chunk'>,
  id: string,
  number: number,
  signal: AbortSignal,
): Promise<Chunk | undefined> {
  try {
    return await mailbox.chunk(id, number, signal);
  } catch (error) {
    if (number > 1 && isGone(error)) return undefined;
    throw error;
  }
}

/** Decompresses what the sender compressed, and compares the checksum. */
async function decoded(head: MessageHead, bytes: Buffer, limit: number): Promise<Download> {
  let content = bytes;
  if (isGzip(bytes)) {
    const inner = collector(limit);
    const end = await gather([bytes], createGunzip(), inner);
    if (end === 'too-large') return { kind: 'too-large', head, bytes: inner.bytes() };
    if (end !== 'whole') return { kind: 'broken', head, bytes, why: end.why };
    content = inner.bytes();
  }
  const why = checksumFault(head.checksum, content === bytes ? [bytes] : [content, bytes]);
  return why === undefined ? { kind: 'whole', head, bytes: content } : { kind: 'broken', head, bytes, why };
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

type End = 'whole' | 'too-large' | { why: string };

async function addChunk(
  { encoding, body }: Chunk,
  into: Collector,
  received: { left: number },
): Promise<'whole' | 'too-large' | { why: string; raw: Buffer }> {
  const raw = gatherBytes();
  const before = into.size();
  const keepsRaw = encoding !== '' && encoding !== 'identity';
  // The received bytes are kept only until they are decompressed: if they cannot be, they are the evidence. They are
  // counted, too: what decompresses to nothing could be endless.
  if (keepsRaw)
    body.on('data', (part: Buffer) => {
      raw.add(part);
      received.left -= part.length;
      if (received.left < 0) body.destroy(new TooMuchReceived());
    });
  try {
    if (keepsRaw && encoding !== 'gzip') {
      const end = await gather(body, new PassThrough(), collector(into.limit - before));
      const why = `its Content-Encoding is not gzip`;
      return end === 'too-large' ? end : { why, raw: raw.bytes() };
    }
    const end = await gather(body, keepsRaw ? createGunzip() : new PassThrough(), into);
    if (typeof end === 'string') return end;
    into.cut(before);
    return { ...end, raw: raw.bytes() };
  } catch (error) {
    if (!(error instanceof TooMuchReceived)) throw awayFrom('its address', error, true);
    into.cut(before);
    for (const part of raw.parts()) into.add(part);
    return 'too-large';
  }
}

class TooMuchReceived extends Error {}

/** @throws when the source ended early: a cut connection says nothing about the content */
async function gather(
  source: Readable | Iterable<Buffer>,
  decoder: Transform,
  into: Collector,
): Promise<End> {
  let isTooLarge = false as boolean;
  try {
    await pipeline(source, decoder, async (parts: AsyncIterable<Buffer>) => {
      for await (const part of parts) {
        isTooLarge = !into.add(part);
        // Leaving the loop ends the pipeline, and with it the connection.
        if (isTooLarge) return;
      }
    });
  } catch (error) {
    if (isTooLarge) return 'too-large';
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('Z_')) return { why: 'it cannot be decompressed' };
    throw error;
  }
  return isTooLarge ? 'too-large' : 'whole';
}

interface Collector {
  /** @returns false when the limit is passed */
  add(part: Buffer): boolean;
  readonly limit: number;
  size(): number;
  /** Drops what was added after this size. */
  cut(size: number): void;
  bytes(): Buffer;
}

function collector(limit: number): Collector {
  const gathered = gatherBytes();
  return {
    add: (part) => {
      gathered.add(part);
      return gathered.size() <= limit;
    },
    limit,
    size: () => gathered.size(),
    cut: (to) => {
      const kept = gathered.bytes().subarray(0, to);
      gathered.clear();
      gathered.add(kept);
    },
    bytes: () => gathered.bytes(),
  };
}
