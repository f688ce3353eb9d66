/**
 * Reads the private key with which Homeward authenticates to another server: PEM, or a JSON Web Key with `kid`.
 * @see https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { isAlgorithm, type Algorithm } from '../../engines/access/jwk';
import { isObject, type JsonObject } from '../../fhir/types';

export interface SigningKey {
  key: KeyObject;
  kid: string;
  algorithm: Algorithm;
}

/**
 * @param text the content of the key file
 * @throws with a sentence when it is no private key that can be used
 */
export function readSigningKey(text: string): SigningKey {
  const jwk = jwkIn(text);
  const key = privateKeyOf(jwk, text);
  const possible = algorithmsOf(key);
  const wanted = jwk?.alg;
  const algorithm = isAlgorithm(wanted) ? possible.find((each) => each === wanted) : possible[0];
  if (algorithm === undefined)
    throw new Error('must be an RSA key of 2048 bits or more, or an EC key on P-256 or P-384.');
  return { key, algorithm, kid: typeof jwk?.kid === 'string' ? jwk.kid : thumbprintOf(key) };
}

/** The key, or the first private key of a key set. */
function jwkIn(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error('must be a PEM private key or a JSON Web Key.');
  }
  if (!isObject(document)) return undefined;
  const keys = Array.isArray(document.keys) ? document.keys.filter(isObject) : [document];
  return keys.find(({ d }) => d !== undefined) ?? keys[0];
}

function privateKeyOf(jwk: JsonObject | undefined, text: string): KeyObject {
  try {
    return jwk === undefined
      ? createPrivateKey(text)
      : createPrivateKey({ key: jwk as Record<string, string>, format: 'jwk' });
  } catch {
    throw new Error('must be a PEM private key or a JSON Web Key, without a passphrase.');
  }
}

/** SMART asks servers to support RS384 and ES384, so RSA keys sign with the first. */
function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly Algorithm[] {
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048)
    return ['RS384', 'RS256', 'RS512', 'PS256', 'PS384', 'PS512'];
  if (asymmetricKeyType !== 'ec') return [];
  if (asymmetricKeyDetails?.namedCurve === 'secp384r1') return ['ES384'];
  return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? ['ES256'] : [];
}

/** @see https://www.rfc-editor.org/rfc/rfc7638 (the members are in alphabetical order) */
function thumbprintOf(key: KeyObject): string {
  const { crv, e, kty, n, x, y } = createPublicKey(key).export({ format: 'jwk' });
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
