/** Reads an object of any size piece by piece, so that memory holds one piece at a time. */
import type { ObjectStore } from './object-store';

const PIECE_BYTES = 4 * 1024 * 1024;

/** @throws when the object is missing or shorter than `size` */
export async function* readPieces(
  store: Pick<ObjectStore, 'read'>,
  key: string,
  size: number,
): AsyncGenerator<Buffer> {
  for (let start = 0; start < size;) {
    const piece = await store.read(key, { start, end: Math.min(start + PIECE_BYTES, size) });
    if (!piece || piece.length === 0) throw new Error(`${key} is shorter than it was`);
    yield piece;
    start += piece.length;
  }
}
