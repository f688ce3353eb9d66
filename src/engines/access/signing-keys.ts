/**
 * The key with which this server's token endpoint signs. It is stored in the database, so that all nodes sign with the
 * same key and accept each other's tokens. The first node that needs it creates it, under an advisory lock.
 * @see docs/decisions/0004-access.md
 */
import type { JsonObject } from '../../fhir/types';
import type { Database, Queryable } from '../../platform/postgres';
import { createKeySource, type KeySource } from './keys';
import { sha256Of } from '../../platform/seen-file';
import { newPrivateKeyPem, signerFromPem, type Signer } from './signer';

export interface SigningKeys {
  /** The key to sign with: read once, then remembered. @throws when the database is not available */
  signer(): Promise<Signer>;
  /** The public halves of all stored keys, for verifying. */
  keys: KeySource;
  /** The same as a JWKS document. */
  publicKeys(): Promise<{ keys: JsonObject[] }>;
}

export interface SigningKeysOptions {
  now: () => number;
  /** Encrypts the stored private key. Every node must have the same passphrase. */
  passphrase?: string;
  onProblem: (text: string) => void;
}

interface KeyRow {
  private_key: string;
  public_jwk: JsonObject;
}

const NEWEST: { name: string; text: string } = {
  name: 'signing_key_newest',
  text: 'SELECT private_key, public_jwk FROM signing_key ORDER BY created_at DESC LIMIT 1',
};

export function openSigningKeys(
  db: Database,
  { now, passphrase, onProblem }: SigningKeysOptions,
): SigningKeys {
  let known: Signer | undefined;

  const publicKeys = async (): Promise<{ keys: JsonObject[] }> => {
    const rows = await db.query<Pick<KeyRow, 'public_jwk'>>({
      name: 'signing_key_public',
      text: 'SELECT public_jwk FROM signing_key ORDER BY created_at DESC LIMIT 20',
    });
    return { keys: rows.map((row) => row.public_jwk) };
  };

  return {
    signer: async () => (known ??= signerFromPem(await newestOrNew(db, passphrase), passphrase)),
    publicKeys,
    keys: createKeySource({
      load: async () => {
        const document = await publicKeys();
        return { document, sha256: sha256Of(JSON.stringify(document)) };
      },
      refreshAfterMillis: 60_000,
      distrustAfterMillis: 24 * 3_600_000,
      retryAfterMillis: 1_000,
      unknownKidReloads: 10,
      unknownKidMillis: 1_000,
      now,
      onProblem,
    }),
  };
}

async function newestOrNew(db: Database, passphrase: string | undefined): Promise<string> {
  const [existing] = await db.query<KeyRow>(NEWEST);
  if (existing !== undefined) return existing.private_key;
  return db.transaction(async (tx) => {
    await tx.query({ text: "SELECT pg_advisory_xact_lock(hashtext('homeward.signing_key'))" });
    const [made] = await tx.query<KeyRow>(NEWEST);
    return made?.private_key ?? (await makeKey(tx, passphrase));
  });
}

async function makeKey(tx: Queryable, passphrase: string | undefined): Promise<string> {
  const pem = newPrivateKeyPem(passphrase);
  const { kid, publicJwk } = signerFromPem(pem, passphrase);
  await tx.query(
    { text: 'INSERT INTO signing_key (kid, private_key, public_jwk) VALUES ($1, $2, $3::jsonb)' },
    [kid, pem, JSON.stringify(publicJwk)],
  );
  return pem;
}
