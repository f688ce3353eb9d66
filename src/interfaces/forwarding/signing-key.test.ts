import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readSigningKey } from './signing-key';

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
const rsa = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;

describe('the key of a client', () => {
  it.each([
    ['RSA', rsa(2048), 'RS384'],
    ['P-384', ec('P-384'), 'ES384'],
    ['P-256', ec('P-256'), 'ES256'],
  ])('signs by its kind: %s', (_kind, key, algorithm) => {
    const read = readSigningKey(pem(key));
    expect(read.algorithm).toBe(algorithm);
    expect(read.kid).toMatch(/^[\w-]{43}$/);
  });

  it('may be a JSON Web Key, whose kid and alg are used', () => {
    const jwk = { ...rsa(2048).export({ format: 'jwk' }), kid: 'one', alg: 'PS256' };
    expect(readSigningKey(JSON.stringify(jwk))).toMatchObject({ kid: 'one', algorithm: 'PS256' });
    expect(readSigningKey(JSON.stringify({ keys: [jwk] })).kid).toBe('one');
  });

  it.each([
    ['no key', 'secret'],
    ['broken JSON', '{'],
    ['a public key', JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'a', y: 'b' })],
    ['a short RSA key', pem(rsa(1024))],
    ['a key on another curve', pem(ec('secp256k1'))],
  ])('is refused where it is %s', (_what, text) => {
    expect(() => readSigningKey(text)).toThrow(/^must be /);
  });
});
