/** Whether a file of a store is the one that an export wrote. */
import { hashing } from '../../../platform/hash-pieces';
import type { ExportedMonth } from './month-records';
import { verifyMonthFile } from './verify-month-file';

/**
 * The file must prove the leaves that are sealed: its SHA-256 alone is no more than what the record says. With both, a file without a
 * signature (of an earlier version) is proved, too.
 * @param publicKey PEM
 * @returns undefined when it is; otherwise a sentence
 */
export async function compareMonthFile(
  pieces: AsyncIterable<Buffer>,
  exported: ExportedMonth,
  publicKey: string,
): Promise<string | undefined> {
  let sha256: Buffer = Buffer.alloc(0);
  const read = hashing(pieces, (digest) => {
    sha256 = digest;
  });
  const found = await verifyMonthFile(read, { publicKey, mayBeUnsigned: true });
  const isWhole =
    found?.status === 'pass' &&
    sha256.equals(exported.sha256) &&
    found.leaves === exported.leaves.toString('hex') &&
    [found.month, found.records, found.firstSeal, found.lastSeal].join() ===
      [exported.month, exported.records, exported.firstSeal, exported.lastSeal].join();
  return isWhole ? undefined : (found?.faults[0]?.text ?? 'Its SHA-256 is another.');
}
