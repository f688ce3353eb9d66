/** Hashes and copies many bytes in slices. */
import { createHash } from 'node:crypto';
import { atOnce, BYTES_OF_SLICE, type Slices } from './slices';

type Algorithm = 'sha1' | 'sha256';

export function* hashInSlices(algorithm: Algorithm, bytes: Buffer): Slices<Buffer> {
  const hash = createHash(algorithm);
  if (bytes.length <= BYTES_OF_SLICE) return hash.update(bytes).digest();
  for (let start = 0; start < bytes.length; start += BYTES_OF_SLICE) {
    hash.update(bytes.subarray(start, start + BYTES_OF_SLICE));
    yield;
  }
  return hash.digest();
}

/** The hashes of documents: rules, the stored body and the rows need those of the same bytes. */
const known = { sha1: new WeakMap<Buffer, Buffer>(), sha256: new WeakMap<Buffer, Buffer>() };

/** The hash of a document, which is remembered as long as its bytes are. */
export const documentHash = (algorithm: Algorithm, bytes: Buffer): Buffer =>
  atOnce(documentHashInSlices(algorithm, bytes));

export function* documentHashInSlices(algorithm: Algorithm, bytes: Buffer): Slices<Buffer> {
  const hash = known[algorithm].get(bytes) ?? (yield* hashInSlices(algorithm, bytes));
  known[algorithm].set(bytes, hash);
  return hash;
}

/** As `Buffer.concat`. Each part should be much smaller than a megabyte. @param size the sum of their sizes */
export function* concatInSlices(parts: readonly Buffer[], size: number): Slices<Buffer> {
  if (size <= BYTES_OF_SLICE) return Buffer.concat(parts, size);
  const whole = Buffer.allocUnsafeSlow(size);
  let place = 0;
  let endOfSlice = BYTES_OF_SLICE;
  for (const part of parts) {
    place += part.copy(whole, place);
    if (place < endOfSlice) continue;
    endOfSlice = place + BYTES_OF_SLICE;
    yield;
  }
  return whole;
}
