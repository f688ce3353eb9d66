/** Which access tokens are accepted, what is read of them, and how each kind of forgery fares. */
import { scopeRules } from '../../../test/support/scope-rules';
import { createPublicKey } from 'node:crypto';
import type { JsonObject } from '../../fhir/types';
import { ecKey, hmacJwt, part, rsaKey, signJwt, unsignedJwt } from '../../../test/fixtures/tokens';
import { readKeySet } from './jwk';
import { fixedKeySource } from './keys';
import { createTokenVerifier, type TokenVerifier } from './verify-token';

const NOW = 1_790_000_000;
const ISSUER = 'https://id.example.nhs.uk';
const AUDIENCE = 'https://homeward.example.nhs.uk/FHIR/R4';
const rsa = rsaKey('rsa-1');
const ec = ecKey('ec-1');
const ec384 = ecKey('ec-384', 'P-384');
const stranger = rsaKey('rsa-1');
const otherIssuersKey = rsaKey('rsa-2');

function fixed(...jwks: JsonObject[]) {
  return fixedKeySource(readKeySet({ keys: jwks }).keys);
}

let seconds = NOW;
function verifier(): TokenVerifier {
  return createTokenVerifier({
    scopeRules,
    issuers: [
      {
        issuer: ISSUER,
        audiences: [AUDIENCE, 'homeward'],
        keys: fixed(rsa.jwk, ec.jwk, ec384.jwk),
        maxLifetimeSeconds: 86_400,
      },
      { issuer: 'https://other.example', audiences: ['homeward'], keys: fixed(otherIssuersKey.jwk) },
    ],
    now: () => seconds * 1_000,
  });
}

const claims = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'ward-system',
  scope: 'system/Bundle.c',
  ods_code: 'RR8',
  iat: NOW - 10,
  exp: NOW + 300,
  jti: 'token-1',
};

async function outcome(token: string, certificate?: string): Promise<string> {
  const result = await verifier().verify(`Bearer ${token}`, certificate);
  return result.ok ? 'accepted' : `${result.status} ${result.error}: ${result.text}`;
}

const MALFORMED =
  '401 invalid_token: The access token cannot be read. Send one signed JSON Web Token in compact form.';
const ALGORITHM =
  '401 invalid_token: The access token must be signed with one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384.';
const HEADER =
  '401 invalid_token: The header of the access token has a type or an extension that this server does not support.';
const ISSUER_TEXT =
  '401 invalid_token: The access token comes from an issuer that this server does not trust.';
const KEY =
  '401 invalid_token: This server does not know the key that signed the access token (kid). Use a key that its issuer publishes.';
const SIGNATURE = '401 invalid_token: The signature of the access token is not valid.';
const AUDIENCE_TEXT =
  '401 invalid_token: The access token is for another server. Request one with the audience of this server.';
const TOO_LONG =
  '401 invalid_token: The access token is valid for longer than this server allows. Request one that expires sooner (exp).';
const EXPIRED = '401 invalid_token: The access token has expired. Request a new one.';
const NO_EXPIRY =
  '401 invalid_token: The access token must have an expiry time (exp, in seconds since 1970).';
const NOT_YET =
  '401 invalid_token: The access token is not valid yet (nbf, iat). Check that the clocks of the issuer and the server agree.';
const CLAIMS =
  '401 invalid_token: The access token must name the caller (sub or client_id), with claims as described in docs/access.md.';
const BOUND =
  '401 invalid_token: The access token is bound to a client certificate (or key) that was not sent with it.';

beforeEach(() => {
  seconds = NOW;
});

describe('a sound token', () => {
  it('names the caller', async () => {
    const token = signJwt(rsa, {
      ...claims,
      ods_code: 'rr8',
      fhirUser: 'Practitioner/7',
      name: 'Ada Example',
      role: 'R8000',
    });
    const result = await verifier().verify(`Bearer ${token}`);
    expect(
      result.ok && { ...result.caller, scopes: result.caller.scopes.grants.map(({ text }) => text) },
    ).toEqual({
      clientId: 'ward-system',
      sender: 'RR8',
      odsCode: 'RR8',
      user: { fhirUser: 'Practitioner/7', name: 'Ada Example', role: 'R8000' },
      scopes: ['system/Bundle.c'],
      tokenId: 'token-1',
      issuer: ISSUER,
    });
  });

  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])('may be signed with %s', async (alg) => {
    expect(await outcome(signJwt(rsa, claims, { alg }))).toBe('accepted');
  });

  it('may be signed with ES256 and ES384', async () => {
    expect(await outcome(signJwt(ec, claims, { alg: 'ES256' }))).toBe('accepted');
    expect(await outcome(signJwt(ec384, claims, { alg: 'ES384' }))).toBe('accepted');
  });

  it.each<[string, JsonObject]>([
    ['an audience among several', { aud: ['elsewhere', 'homeward'] }],
    ['a clock a minute ahead', { iat: NOW + 59, nbf: NOW + 59 }],
    ['an expiry less than a minute ago', { exp: NOW - 59 }],
    ['a scope as a list', { scope: ['system/Bundle.c'] }],
    ['no scope', { scope: null }],
    ['a client_id and no sub', { sub: null, client_id: 'ward-system' }],
    ['descriptions of the person in odd shapes', { name: 7, role: ['x'], fhirUser: {} }],
  ])('may have %s', async (_what, changes) => {
    expect(await outcome(signJwt(rsa, { ...claims, ...changes }))).toBe('accepted');
  });

  it('prefers client_id to sub for who calls, and is the sender client:<id> without an organisation', async () => {
    const token = signJwt(rsa, { ...claims, client_id: 'app', ods_code: null });
    const result = await verifier().verify(`bearer  ${token}`);
    expect(result.ok && [result.caller.clientId, result.caller.sender, result.caller.odsCode]).toEqual([
      'app',
      'client:app',
      undefined,
    ]);
  });

  it.each(['JWT', 'at+jwt', 'application/AT+JWT'])('may be of type %s', async (typ) => {
    expect(await outcome(signJwt(rsa, claims, { typ }))).toBe('accepted');
  });

  it('that is bound to a certificate is good with that certificate only', async () => {
    const token = signJwt(rsa, { ...claims, cnf: { 'x5t#S256': 'thumb' } });
    expect(await outcome(token, 'thumb')).toBe('accepted');
    expect(await outcome(token, 'other')).toBe(BOUND);
    expect(await outcome(token)).toBe(BOUND);
  });
});

describe('no token', () => {
  it.each([undefined, '', 'Basic dXNlcjpwYXNz', 'Bearer', 'Bearer   ', 'Bearertoken'])(
    'is told apart: %s',
    async (header) => {
      expect(await verifier().verify(header)).toEqual({
        ok: false,
        status: 401,
        error: 'missing',
        code: 'login',
        text: 'This request needs an access token. Send it as Authorization: Bearer <token>.',
      });
    },
  );
});

describe('an attack', () => {
  const publicPem = createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const good = signJwt(rsa, claims);
  const [head = '', body = '', mark = ''] = good.split('.');
  const attackersJwk = stranger.jwk;

  it.each<[string, () => string, string]>([
    ['alg none', () => unsignedJwt(claims, { alg: 'none', kid: 'rsa-1' }), MALFORMED],
    ['alg none with a signature', () => unsignedJwt(claims, { alg: 'none', kid: 'rsa-1' }, mark), ALGORITHM],
    ['alg None', () => unsignedJwt(claims, { alg: 'None', kid: 'rsa-1' }, mark), ALGORITHM],
    ['alg rs256', () => unsignedJwt(claims, { alg: 'rs256', kid: 'rsa-1' }, mark), ALGORITHM],
    ['alg absent', () => unsignedJwt(claims, { kid: 'rsa-1' }, mark), ALGORITHM],
    ['alg a list', () => unsignedJwt(claims, { alg: ['RS256'], kid: 'rsa-1' }, mark), ALGORITHM],
    ['alg ES512', () => unsignedJwt(claims, { alg: 'ES512', kid: 'rsa-1' }, mark), ALGORITHM],
    ['alg EdDSA', () => unsignedJwt(claims, { alg: 'EdDSA', kid: 'rsa-1' }, mark), ALGORITHM],
    ['alg __proto__', () => unsignedJwt(claims, { alg: '__proto__', kid: 'rsa-1' }, mark), ALGORITHM],
    [
      'HS256 with the public key',
      () => hmacJwt(publicPem, claims, { alg: 'HS256', kid: 'rsa-1' }),
      ALGORITHM,
    ],
    ['HS512 with an empty secret', () => hmacJwt('', claims, { alg: 'HS512', kid: 'rsa-1' }), ALGORITHM],
    ['a signature by another key', () => signJwt(stranger, claims), SIGNATURE],
    ['a changed payload', () => `${head}.${part({ ...claims, sub: 'someone-else' })}.${mark}`, SIGNATURE],
    ['a changed header', () => `${part({ alg: 'RS256', kid: 'rsa-1', x: 1 })}.${body}.${mark}`, SIGNATURE],
    ['a shortened signature', () => good.slice(0, -8), SIGNATURE],
    [
      'an all-zero ES256 signature',
      () => unsignedJwt(claims, { alg: 'ES256', kid: 'ec-1' }, part('\0'.repeat(64))),
      SIGNATURE,
    ],
    [
      'an ES256 signature in DER',
      () => unsignedJwt(claims, { alg: 'ES256', kid: 'ec-1' }, part('0\x06\x02\x01\x01\x02\x01\x01')),
      SIGNATURE,
    ],
    ['PS256 signed as RS256', () => `${part({ alg: 'PS256', kid: 'rsa-1' })}.${body}.${mark}`, SIGNATURE],
    ['RS256 naming an EC key', () => signJwt(rsa, claims, { kid: 'ec-1' }), KEY],
    ['ES256 naming an RSA key', () => signJwt(ec, claims, { alg: 'ES256', kid: 'rsa-1' }), KEY],
    ['ES384 naming a P-256 key', () => signJwt(ec384, claims, { alg: 'ES384', kid: 'ec-1' }), KEY],
    ['an unknown kid', () => signJwt(rsa, claims, { kid: 'rsa-9' }), KEY],
    ['no kid', () => signJwt(rsa, claims, { kid: null }), KEY],
    ['a kid that is a path', () => signJwt(rsa, claims, { kid: '../../../../dev/null' }), KEY],
    ['a kid that is SQL', () => signJwt(rsa, claims, { kid: "x' UNION SELECT 'k" }), KEY],
    ['a kid that is __proto__', () => signJwt(rsa, claims, { kid: '__proto__' }), KEY],
    ['a kid that is a list', () => signJwt(rsa, claims, { kid: ['rsa-1'] }), KEY],
    ['a kid in other letters', () => signJwt(rsa, claims, { kid: 'RSA-1' }), KEY],
    ['an embedded jwk', () => signJwt(stranger, claims, { jwk: attackersJwk }), SIGNATURE],
    ['an embedded jwk, no kid', () => signJwt(stranger, claims, { jwk: attackersJwk, kid: null }), KEY],
    ['a jku', () => signJwt(stranger, claims, { jku: 'https://evil.example/keys' }), SIGNATURE],
    ['an x5u', () => signJwt(stranger, claims, { x5u: 'https://evil.example/cert' }), SIGNATURE],
    ['an x5c', () => signJwt(stranger, claims, { x5c: ['AAAA'] }), SIGNATURE],
    ['crit', () => signJwt(rsa, claims, { crit: ['exp'] }), HEADER],
    ['b64 false', () => signJwt(rsa, claims, { b64: false }), HEADER],
    ['zip', () => signJwt(rsa, claims, { zip: 'DEF' }), HEADER],
    ['a token of another kind', () => signJwt(rsa, claims, { typ: 'logout+jwt' }), HEADER],
    ['typ a number', () => signJwt(rsa, claims, { typ: 1 }), HEADER],
    ['expired', () => signJwt(rsa, { ...claims, exp: NOW - 60 }), EXPIRED],
    ['no exp', () => signJwt(rsa, { ...claims, exp: null }), NO_EXPIRY],
    ['exp a text', () => signJwt(rsa, { ...claims, exp: String(NOW + 300) }), NO_EXPIRY],
    [
      'exp beyond all numbers',
      () => signJwt(rsa, JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999')),
      NO_EXPIRY,
    ],
    ['exp of another age', () => signJwt(rsa, { ...claims, exp: 1e308 }), TOO_LONG],
    ['exp more than a day after iat', () => signJwt(rsa, { ...claims, exp: NOW + 86_461 }), TOO_LONG],
    [
      'exp more than a day from now, without iat',
      () => signJwt(rsa, { ...claims, iat: undefined, exp: NOW + 86_461 }),
      TOO_LONG,
    ],
    [
      'iat of long ago, so that it lived for more than a day',
      () => signJwt(rsa, { ...claims, iat: NOW - 86_400 }),
      TOO_LONG,
    ],
    ['exp negative', () => signJwt(rsa, { ...claims, exp: -1 }), NO_EXPIRY],
    ['nbf ahead', () => signJwt(rsa, { ...claims, nbf: NOW + 61 }), NOT_YET],
    ['nbf a text', () => signJwt(rsa, { ...claims, nbf: 'now' }), NOT_YET],
    ['iat ahead', () => signJwt(rsa, { ...claims, iat: NOW + 61 }), NOT_YET],
    ['another audience', () => signJwt(rsa, { ...claims, aud: 'https://other.example' }), AUDIENCE_TEXT],
    [
      'an audience that only begins so',
      () => signJwt(rsa, { ...claims, aud: `${AUDIENCE}/x` }),
      AUDIENCE_TEXT,
    ],
    ['no audience', () => signJwt(rsa, { ...claims, aud: null }), AUDIENCE_TEXT],
    ['an empty list of audiences', () => signJwt(rsa, { ...claims, aud: [] }), AUDIENCE_TEXT],
    ['an audience in a list in a list', () => signJwt(rsa, { ...claims, aud: [[AUDIENCE]] }), AUDIENCE_TEXT],
    ['an audience as an object', () => signJwt(rsa, { ...claims, aud: { [AUDIENCE]: true } }), AUDIENCE_TEXT],
    ['another issuer', () => signJwt(rsa, { ...claims, iss: 'https://evil.example' }), ISSUER_TEXT],
    ['an issuer with a slash more', () => signJwt(rsa, { ...claims, iss: `${ISSUER}/` }), ISSUER_TEXT],
    ['an issuer in a list', () => signJwt(rsa, { ...claims, iss: [ISSUER] }), ISSUER_TEXT],
    ['no issuer', () => signJwt(rsa, { ...claims, iss: null }), ISSUER_TEXT],
    ["one issuer's key for another", () => signJwt(otherIssuersKey, claims), KEY],
    [
      'the right key under another trusted issuer',
      () => signJwt(rsa, { ...claims, iss: 'https://other.example' }),
      KEY,
    ],
    ['nobody', () => signJwt(rsa, { ...claims, sub: null }), CLAIMS],
    ['an empty client_id beside a sub', () => signJwt(rsa, { ...claims, client_id: '' }), CLAIMS],
    ['a client_id that is an object', () => signJwt(rsa, { ...claims, client_id: {} }), CLAIMS],
    ['a line break in the sub', () => signJwt(rsa, { ...claims, sub: 'a\nb' }), CLAIMS],
    ['a very long sub', () => signJwt(rsa, { ...claims, sub: 'x'.repeat(257) }), CLAIMS],
    ['a scope that is an object', () => signJwt(rsa, { ...claims, scope: { 'system/*.rs': true } }), CLAIMS],
    ['an ods_code that is a list', () => signJwt(rsa, { ...claims, ods_code: ['RR8'] }), CLAIMS],
    ['an ods_code with a wildcard', () => signJwt(rsa, { ...claims, ods_code: '*' }), CLAIMS],
    ['a token bound to a key (DPoP)', () => signJwt(rsa, { ...claims, cnf: { jkt: 'x' } }), BOUND],
    ['cnf null', () => signJwt(rsa, { ...claims, cnf: null }), BOUND],
    ['alg twice', () => signJwt(rsa, claims, '{"alg":"none","kid":"rsa-1","alg":"RS256"}'), MALFORMED],
    ['sub twice', () => signJwt(rsa, '{"sub":"a","sub":"b"}'), MALFORMED],
    ['sub twice, once escaped', () => signJwt(rsa, '{"sub":"a","\\u0073ub":"b"}'), MALFORMED],
    ['a payload that is no JSON', () => signJwt(rsa, 'hello'), MALFORMED],
    ['a payload that is a list', () => signJwt(rsa, '[1]'), MALFORMED],
    ['a payload that is null', () => signJwt(rsa, 'null'), MALFORMED],
    ['a payload of brackets', () => signJwt(rsa, '['.repeat(4_000)), MALFORMED],
    ['two parts', () => `${head}.${body}`, MALFORMED],
    ['four parts', () => `${good}.x`, MALFORMED],
    ['an empty signature', () => `${head}.${body}.`, MALFORMED],
    ['two tokens', () => `${good} ${good}`, MALFORMED],
    ['two headers joined', () => `${good}, Bearer ${good}`, MALFORMED],
    ['standard base64', () => `${head}=.${body}.${mark}`, MALFORMED],
    ['JWE', () => `${head}.${body}.${mark}.${body}.${mark}`, MALFORMED],
    [
      'a JSON-serialised token',
      () => JSON.stringify({ protected: head, payload: body, signature: mark }),
      MALFORMED,
    ],
    ['a huge token', () => signJwt(rsa, { ...claims, x: 'x'.repeat(10_000) }), MALFORMED],
    ['a megabyte', () => 'a'.repeat(1_000_000), MALFORMED],
  ])('by %s is refused', async (_name, token, expected) => {
    expect(await outcome(token())).toBe(expected);
  });
});

describe('the memory of verified tokens', () => {
  it('ends with the token', async () => {
    const verify = verifier();
    const header = `Bearer ${signJwt(rsa, claims)}`;
    expect((await verify.verify(header)).ok).toBe(true);
    seconds = NOW + 359;
    expect((await verify.verify(header)).ok).toBe(true);
    seconds = NOW + 360;
    expect(await verify.verify(header)).toMatchObject({ ok: false, code: 'expired' });
  });

  it('ends when the key is withdrawn', async () => {
    let keys = fixed(rsa.jwk);
    const verify = createTokenVerifier({
      scopeRules,
      issuers: [
        {
          issuer: ISSUER,
          audiences: [AUDIENCE],
          keys: {
            current: (...args) => keys.current(...args),
            find: (...args) => keys.find(...args),
            settle: () => keys.settle(),
            isReady: () => true,
          },
        },
      ],
      now: () => NOW * 1_000,
    });
    const header = `Bearer ${signJwt(rsa, claims)}`;
    expect((await verify.verify(header)).ok).toBe(true);
    keys = fixed(ec.jwk);
    expect(await verify.verify(header)).toMatchObject({ ok: false, error: 'invalid_token' });
  });

  it('is bounded, and forgets the one that was used longest ago', async () => {
    const finds: string[] = [];
    const keys = fixed(rsa.jwk);
    const verify = createTokenVerifier({
      scopeRules,
      issuers: [
        {
          issuer: ISSUER,
          audiences: [AUDIENCE],
          keys: { ...keys, find: (kid, alg) => (finds.push(kid), keys.find(kid, alg)) },
        },
      ],
      now: () => NOW * 1_000,
      rememberedTokens: 2,
    });
    const [a, b, c] = ['a', 'b', 'c'].map((jti) => `Bearer ${signJwt(rsa, { ...claims, jti })}`);
    for (const header of [a, b, a, c, a]) await verify.verify(header);
    expect(finds).toHaveLength(3);
    await verify.verify(b);
    expect(finds).toHaveLength(4);
  });
});
