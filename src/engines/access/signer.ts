/**
 * The server's own signing keys (ES256): creates a key, and signs an access token with it.
 * @see docs/decisions/0004-access.md
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import { sign } from 'jsonwebtoken';
import type { JsonObject } from '../../fhir/types';
import { thumbprintOf } from './jwk';

export interface Signer {
  /** The public key's thumbprint (RFC 7638). */
  kid: string;
  privateKey: KeyObject;
  /** The public key as a JSON Web Key, with `kid`, `alg` and `use`. */
  publicJwk: JsonObject;
}

/** The content of a token of this server. */
export interface TokenContent {
  issuer: string;
  audience: string;
  /** The client's id: `sub` and `client_id`. */
  clientId: string;
  scope: string;
  odsCode?: string;
  issuedAtMillis: number;
  lifetimeSeconds: number;
  /** Further claims, such as `fhirUser`. */
  others?: JsonObject;
}

/** A new private key, as PKCS#8 PEM; encrypted if a passphrase is given. */
export function newPrivateKeyPem(passphrase?: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString();
}

/** @throws when the text is not a P-256 private key, or the passphrase is wrong */
export function signerFromPem(pem: string, passphrase?: string): Signer {
  const privateKey = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error('the key is not on P-256');
  const publicKey = createPublicKey(privateKey);
  const kid = thumbprintOf(publicKey);
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' }) as Record<string, string>;
  return { kid, privateKey, publicJwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' } };
}

/** An access token in the form of RFC 9068. */
export function signToken(signer: Signer, content: TokenContent): string {
  const iat = Math.floor(content.issuedAtMillis / 1_000);
  const claims = {
    ...content.others,
    iss: content.issuer,
    aud: content.audience,
    sub: content.clientId,
    client_id: content.clientId,
    scope: content.scope,
    ...(content.odsCode !== undefined && { ods_code: content.odsCode }),
    iat,
    exp: iat + content.lifetimeSeconds,
    jti: randomUUID(),
  };
  return sign(claims, signer.privateKey, {
    algorithm: 'ES256',
    keyid: signer.kid,
    header: { alg: 'ES256', typ: 'at+jwt' },
  });
}
