/** Compares the ledger's key in the database with the one that verification uses: a server keeps it from its start. */
import type { Queryable } from '../../platform/postgres';
import type { Faults } from './fault';
import { readPublicKey, storedPublicKey } from './keys';

/** @param publicKey PEM; empty where the database has had no key */
export async function checkKey(database: Queryable, publicKey: string, faults: Faults): Promise<void> {
  const used = readPublicKey(publicKey)?.id;
  if (used === undefined) return;
  const stored = (await storedPublicKey(database)) ?? '';
  const id = readPublicKey(stored)?.id;
  if (id === used) return;
  faults.add({
    kind: 'key',
    text: `The database has ${id === undefined ? 'no ledger key' : `the ledger key ${id}`}, and not ${used}, with which this was verified. The key never changes: somebody replaced it, or this is another database.`,
  });
}
