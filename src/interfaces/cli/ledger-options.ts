/** The options that the commands of the ledger share: the public key, and the anchored heads. */
import { access, constants, readFile } from 'node:fs/promises';
import { readPublicKey } from '../../engines/ledger/keys';

export const KEY = {
  value: 'FILE',
  meaning: 'the public key of the ledger that you saved (PEM, from homeward ledger key)',
  unlessGiven: 'the key that the database or the export holds',
} as const;

export const ANCHOR = {
  value: 'FILE',
  meaning: 'a file of anchored heads, to detect that the end of the ledger was removed',
  unlessGiven: 'LEDGER_ANCHOR, and the heads that this node recorded in DATA_DIR',
} as const;

/** Null when the file contains no such key. */
export async function keyIn(path: string): Promise<string | null> {
  const pem = await readFile(path, 'utf8').catch(() => '');
  return readPublicKey(pem) ? pem : null;
}

export const isReadable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
