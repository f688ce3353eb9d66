/**
 * Reads public keys from a JSON Web Key Set, with the signature algorithms that each may verify. Accepts only safe
 * keys: RSA of 2048 to 8192 bits, and EC on P-256 and P-384, each with a `kid`, none meant for encryption.
 * @see https://www.rfc-editor.org/rfc/rfc7517
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { isObject, type JsonObject } from '../../fhir/types';

/** The signatures that are accepted anywhere: never `none`, never an HMAC. */
export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export function isAlgorithm(value: unknown): value is Algorithm {
  return (ALGORITHMS as readonly unknown[]).includes(value);
}

/** A public key that may verify signatures. */
export interface VerificationKey {
  kid: string;
  algorithms: readonly Algorithm[];
  key: KeyObject;
  /** RFC 7638's SHA-256 of the key itself: the same for the same key, wherever it is published. */
  thumbprint: string;
}

/** The keys of a key set, found by `kid` and algorithm. */
export type KeySet = ReadonlyMap<string, VerificationKey>;

export interface ReadKeySet {
  keys: KeySet;
  /** One sentence for each key that was left out, with its place. */
  faults: readonly string[];
}

const MOST_KEYS = 100;
const RSA: readonly Algorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const EC: Readonly<Record<string, Algorithm>> = { 'P-256': 'ES256', 'P-384': 'ES384' };

export function keySetEntry(kid: string, algorithm: string): string {
  return `${algorithm}:${kid}`;
}

/** Reads a parsed JWKS document. If two keys have the same `kid` for the same algorithm, the first is used. */
export function readKeySet(document: unknown): ReadKeySet {
  const keys = new Map<string, VerificationKey>();
  if (!isObject(document) || !Array.isArray(document.keys)) {
    return { keys, faults: ['keys: must be a list of JSON Web Keys'] };
  }
  const faults = document.keys.slice(0, MOST_KEYS).flatMap((jwk, index) => {
    const read = readKey(jwk);
    if (typeof read === 'string') return [`keys[${index}]: ${read}`];
    const entries = read.algorithms.map((algorithm) => keySetEntry(read.kid, algorithm));
    if (entries.some((entry) => keys.has(entry)))
      return [`keys[${index}].kid: is already used by an earlier key`];
    for (const entry of entries) keys.set(entry, read);
    return [];
  });
  if (document.keys.length > MOST_KEYS) faults.push(`keys: contains more than ${MOST_KEYS} keys`);
  return { keys, faults };
}

/** One key, or a sentence that says why it is not accepted. */
function readKey(jwk: unknown): VerificationKey | string {
  if (!isObject(jwk)) return 'must be an object';
  const { kid, use, key_ops: operations } = jwk;
  if (typeof kid !== 'string' || kid === '' || kid.length > 256)
    return 'kid must be a string that names the key';
  if (jwk.d !== undefined || jwk.k !== undefined)
    return 'must be a public key, but it contains a private key';
  if (use !== undefined && use !== 'sig') return 'use must be sig';
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'key_ops must include verify';
  }
  const possible = algorithmsFor(jwk);
  if (possible.length === 0) return 'must be an RSA key, or an EC key on P-256 or P-384';
  const algorithms = jwk.alg === undefined ? possible : possible.filter((algorithm) => algorithm === jwk.alg);
  if (algorithms.length === 0) return `alg must be one of ${possible.join(', ')}`;
  return importKey(jwk, kid, algorithms);
}

function algorithmsFor(jwk: JsonObject): readonly Algorithm[] {
  if (jwk.kty === 'RSA') return RSA;
  const curve = jwk.kty === 'EC' && typeof jwk.crv === 'string' ? EC[jwk.crv] : undefined;
  return curve === undefined ? [] : [curve];
}

function importKey(jwk: JsonObject, kid: string, algorithms: readonly Algorithm[]): VerificationKey | string {
  const members = jwk.kty === 'RSA' ? (['e', 'kty', 'n'] as const) : (['crv', 'kty', 'x', 'y'] as const);
  const essential = Object.fromEntries(members.map((name) => [name, jwk[name]]));
  let key: KeyObject;
  try {
    key = createPublicKey({ key: essential as Record<string, string>, format: 'jwk' });
  } catch {
    return 'is not a valid key';
  }
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && (modulusLength < 2048 || modulusLength > 8192)) {
    return 'must be an RSA key of 2048 to 8192 bits';
  }
  if (publicExponent !== undefined && publicExponent < 3n) return 'must have an RSA exponent of 3 or more';
  return { kid, algorithms, key, thumbprint: thumbprint(essential) };
}

/** @see https://www.rfc-editor.org/rfc/rfc7638 (the members come in alphabetical order already) */
function thumbprint(essential: Record<string, unknown>): string {
  return createHash('sha256').update(JSON.stringify(essential)).digest('base64url');
}

/** The name of a key that this server makes: its thumbprint. */
export function thumbprintOf(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: 'jwk' });
  return thumbprint({ crv, kty, x, y });
}
