/**
 * Reads files of certificate authorities. Node.js takes an empty text for “none given”, and would trust the public
 * authorities instead of the one that was named; other text without a certificate trusts nobody. So neither is used.
 * @see https://nodejs.org/docs/latest-v20.x/api/tls.html#tlscreatesecurecontextoptions
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { messageOf } from './message-of';

/** @throws where the first thing in the file is no certificate */
export function checkAuthorities(pem: string | Buffer): void {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it has no certificate');
  void new X509Certificate(pem);
}

/** What is wrong with the file, after “must name a PEM file of certificates: ”; undefined where nothing is. */
export function faultOfAuthorities(path: string): string | undefined {
  try {
    checkAuthorities(readFileSync(path));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Reads the file each time, so that a changed one is used at once. While it is broken or gone, what it had before stays
 * in use, and this is reported once.
 * @param path a file that was right a moment ago
 */
export function openAuthorities(path: string, onProblem: (text: string) => void): () => Promise<string> {
  let inUse = readFileSync(path, 'utf8');
  let isBroken = false;
  return async () => {
    try {
      const read = await readFile(path, 'utf8');
      checkAuthorities(read);
      inUse = read;
      isBroken = false;
    } catch (error) {
      if (!isBroken)
        onProblem(
          `${path}: the changed file of certificate authorities cannot be used (${messageOf(error)}); the server continues to use the earlier ones`,
        );
      isBroken = true;
    }
    return inUse;
  };
}
