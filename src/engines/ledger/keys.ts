/**
 * The Ed25519 key that signs the heads. The first node that needs it creates it. It is stored in the database, so that
 * all nodes sign with the same key. With its public key an auditor can check an export anywhere.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import type { Database, Queryable } from '../../platform/postgres';
import type { SignedHead } from './head';

export interface LedgerKey {
  /** SHA-256 of the public key (SPKI, DER), base64url. */
  id: string;
  /** SPKI, PEM. */
  publicKey: string;
  sign(text: string): string;
}

interface KeyRow {
  key_id: string;
  private_key: string;
  public_key: string;
}

const FIRST = {
  name: 'ledger_key_first',
  text: 'SELECT key_id, private_key, public_key FROM ledger_key ORDER BY created_at LIMIT 1',
};

/** Reads the ledger's key, or creates it. @throws when the database is not available */
export async function openLedgerKey(database: Database): Promise<LedgerKey> {
  const [existing] = await database.query<KeyRow & Record<string, unknown>>(FIRST);
  if (existing) return keyOf(existing);
  return database.transaction(async (tx) => {
    await tx.query({ text: "SELECT pg_advisory_xact_lock(hashtext('homeward.ledger_key'))" });
    const [made] = await tx.query<KeyRow & Record<string, unknown>>(FIRST);
    if (made) return keyOf(made);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const row = {
      key_id: keyIdOf(publicKey),
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      public_key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    };
    await tx.query({ text: 'INSERT INTO ledger_key (key_id, private_key, public_key) VALUES ($1, $2, $3)' }, [
      row.key_id,
      row.private_key,
      row.public_key,
    ]);
    return keyOf(row);
  });
}

/** The public key, PEM; undefined when no node has created one. */
export async function storedPublicKey(db: Queryable): Promise<string | undefined> {
  const [existing] = await db.query<KeyRow & Record<string, unknown>>(FIRST);
  return existing && publicKeyOf(existing);
}

/** Undefined for a row that has no key, as somebody may have left it. */
function publicKeyOf(row: KeyRow): string | undefined {
  try {
    return keyOf(row).publicKey;
  } catch {
    return undefined;
  }
}

function keyOf(row: KeyRow): LedgerKey {
  const privateKey = createPrivateKey(row.private_key);
  const publicKey = createPublicKey(privateKey);
  return {
    id: keyIdOf(publicKey),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
  };
}

export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

export interface PublicKey {
  id: string;
  isSigned(head: SignedHead): boolean;
}

let last: { pem: string; key: PublicKey | undefined } | undefined;

/**
 * Reads a public key in PEM, and remembers it while the text is the same.
 * @returns undefined when it is not an Ed25519 key
 */
export function readPublicKey(pem: string): PublicKey | undefined {
  if (last?.pem !== pem) last = { pem, key: publicKeyIn(pem) };
  return last.key;
}

function publicKeyIn(pem: string): PublicKey | undefined {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return undefined;
  }
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  return {
    id: keyIdOf(key),
    isSigned: ({ head, signature }) => {
      const bytes = Buffer.from(signature, 'base64');
      // A change that a lenient base64 decoder would ignore counts as a change.
      return bytes.toString('base64') === signature && verify(null, Buffer.from(head), key, bytes);
    },
  };
}
