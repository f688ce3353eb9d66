/** `Mex-Content-Checksum`: senders write it in any form, so only what is plainly a digest is compared. */
import { createHash } from 'node:crypto';

/** By the number of hexadecimal digits. */
const ALGORITHMS: Readonly<Record<number, string>> = { 32: 'md5', 40: 'sha1', 64: 'sha256' };

/**
 * @param given such as `md5:5d41402abc4b2a76b9719d911017c592`, `SHA-256 …`, or the digits alone
 * @param contents the content, and the file as the sender compressed it: the sender may have meant either
 * @returns why the message is not the one that was sent; undefined when it is, or when that cannot be said
 */
export function checksumFault(given: string, contents: readonly Buffer[]): string | undefined {
  const digest = /^(?:(?:md5|sha-?1|sha-?256)[\s:=]*)?([0-9a-f]+)$/i.exec(given.trim())?.[1]?.toLowerCase();
  const algorithm = digest === undefined ? undefined : ALGORITHMS[digest.length];
  if (digest === undefined || algorithm === undefined) return undefined;
  const isSame = contents.some((bytes) => createHash(algorithm).update(bytes).digest('hex') === digest);
  return isSame ? undefined : `its ${algorithm.toUpperCase()} is not that of Mex-Content-Checksum`;
}
