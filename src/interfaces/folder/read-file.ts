/**
 * Reads a file of the inbox, with its gzip undone, up to the limit. A symbolic link is never followed, and a file that
 * changes meanwhile is not taken.
 */
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { gatherBytes } from '../../platform/gather-bytes';
import { codeOf, fsCall, identityOf, openToRead } from './file-system';
import type { ByteText } from './names';

export type FileContent =
  | { as: 'body'; bytes: Buffer }
  /** Larger than the limit: what was read of it. */
  | { as: 'too-large'; bytes: Buffer }
  /** Its gzip cannot be undone: the bytes of the file. */
  | { as: 'bad-gzip'; bytes: Buffer }
  /** It is gone, or was changed since it was seen. */
  | { as: 'changed' };

const PIECE_BYTES = 256 * 1024;
/** A gzip file of more than this many times the limit is too large, whatever it contains. */
const MOST_TIMES_THE_LIMIT = 2;

/**
 * @param identity of the file as it was seen
 * @throws the system's error when the file cannot be read
 */
export async function readFileOf(path: ByteText, identity: string, limit: number): Promise<FileContent> {
  const file = await openToRead(path).catch((error: unknown) => {
    // ELOOP: a link has taken its place.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return undefined;
    throw error;
  });
  if (file === undefined) return { as: 'changed' };
  try {
    const before = await fsCall(() => file.stat({ bigint: true }));
    if (identityOf(before) !== identity) return { as: 'changed' };
    if (!before.isFile()) throw Object.assign(new Error('not a file'), { code: 'EINVAL' });
    const content = await contentOf(file, Number(before.size), limit);
    return identityOf(await fsCall(() => file.stat({ bigint: true }))) === identity
      ? content
      : { as: 'changed' };
  } finally {
    await fsCall(() => file.close());
  }
}

async function contentOf(file: FileHandle, size: number, limit: number): Promise<FileContent> {
  if (!(await isGzip(file))) return read(piecesOf(file), limit);
  if (size > MOST_TIMES_THE_LIMIT * limit)
    return { as: 'too-large', bytes: (await read(piecesOf(file), limit)).bytes };
  const pieces = Readable.from(piecesOf(file), { objectMode: false });
  const inflated = pieces.pipe(createGunzip());
  pieces.on('error', (error) => inflated.destroy(error));
  try {
    return await read(inflated, limit);
  } catch (error) {
    if (codeOf(error)?.startsWith('Z_') !== true) throw error;
    return { as: 'bad-gzip', bytes: (await read(piecesOf(file), limit)).bytes };
  } finally {
    pieces.destroy();
    // A piece that is being read must arrive before the file is closed.
    if (!pieces.closed) await once(pieces, 'close');
  }
}

async function isGzip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await fsCall(() => file.read(Buffer.alloc(2), 0, 2, 0));
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

/** From the beginning, by position: a stream of the handle itself would close it. */
async function* piecesOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const at = position;
    const { buffer, bytesRead } = await fsCall(() =>
      file.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, at),
    );
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

async function read(
  pieces: AsyncIterable<Buffer>,
  limit: number,
): Promise<{ as: 'body' | 'too-large'; bytes: Buffer }> {
  const gathered = gatherBytes();
  for await (const chunk of pieces) {
    gathered.add(chunk);
    if (gathered.size() > limit) return { as: 'too-large', bytes: gathered.bytes().subarray(0, limit + 1) };
  }
  return { as: 'body', bytes: gathered.bytes() };
}
