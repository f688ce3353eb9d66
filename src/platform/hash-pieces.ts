/** The SHA-256 of bytes that pass by, such as those of a file that is read or written. */
import { createHash } from 'node:crypto';

/** Passes the pieces on, and tells the SHA-256 of all of them at the end. */
export async function* hashing(
  pieces: AsyncIterable<Buffer>,
  onEnd: (sha256: Buffer, bytes: number) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    bytes += piece.length;
    yield piece;
  }
  onEnd(hash.digest(), bytes);
}
