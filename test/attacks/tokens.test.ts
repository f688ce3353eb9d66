/** Forged, bent, stale and misused tokens: none gets in, and every refusal says nothing but a fixed sentence. */
import { createHash, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JsonObject } from '../../src/fhir/types';
import { ecKey, hmacJwt, part, rsaKey, signJwt, unsignedJwt } from '../fixtures/tokens';
import { startHomeward, type Homeward } from '../support/homeward';
import { agitationOf, raw } from './calm';

const ISSUER = 'https://identity.example.nhs.uk';
const AUDIENCE = 'https://homeward.example.nhs.uk';
const rsa = rsaKey('rsa-1');
const ec = ecKey('ec-1');
const stranger = rsaKey('rsa-1');
const strangerEc = ecKey('ec-1');
const weak = rsaKey('weak-1', 1024);
const publicPem = createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'pem' }) as string;
const folder = mkdtempSync(join(tmpdir(), 'homeward-attack-'));
let homeward: Homeward;
/** Stands where a forged token says its key is; nobody must come. */
let lure: Server;
let visits = 0;
let lureUrl = '';

beforeAll(async () => {
  const file = join(folder, 'jwks.json');
  writeFileSync(file, JSON.stringify({ keys: [rsa.jwk, ec.jwk, weak.jwk] }));
  lure = createServer((_request, response) => {
    visits += 1;
    response.end(JSON.stringify({ keys: [stranger.jwk] }));
  });
  await new Promise<void>((resolve) => lure.listen(0, '127.0.0.1', resolve));
  lureUrl = `http://127.0.0.1:${(lure.address() as AddressInfo).port}/jwks`;
  homeward = await startHomeward({
    AUTH_ISSUER: ISSUER,
    AUTH_AUDIENCE: AUDIENCE,
    AUTH_JWKS_URI: pathToFileURL(file).href,
  });
});
afterAll(async () => {
  await homeward.close();
  lure.close();
  rmSync(folder, { recursive: true, force: true });
});

const seconds = (): number => Math.floor(Date.now() / 1000);
const claims = (others: JsonObject = {}): JsonObject => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'reader',
  ods_code: 'RR8',
  scope: 'system/*.rs',
  exp: seconds() + 300,
  iat: seconds(),
  ...others,
});
const without = (name: string): JsonObject => {
  const { [name]: _left, ...rest } = claims();
  return rest;
};
const header = (others: JsonObject): JsonObject => ({ alg: 'RS256', typ: 'JWT', kid: 'rsa-1', ...others });
const embedded = (others: JsonObject): string => signJwt(stranger, claims(), header(others));
const swapped = (token: string, place: number, by: string): string =>
  token
    .split('.')
    .map((each, index) => (index === place ? by : each))
    .join('.');

const good: [string, () => string][] = [
  ['RS256', () => signJwt(rsa, claims())],
  ['RS384', () => signJwt(rsa, claims(), { alg: 'RS384' })],
  ['RS512', () => signJwt(rsa, claims(), { alg: 'RS512' })],
  ['PS256', () => signJwt(rsa, claims(), { alg: 'PS256' })],
  ['ES256', () => signJwt(ec, claims(), { alg: 'ES256' })],
  ['an audience among several', () => signJwt(rsa, claims({ aud: ['https://elsewhere', AUDIENCE] }))],
  [
    'a clock that goes half a minute ahead',
    () => signJwt(rsa, claims({ iat: seconds() + 30, nbf: seconds() + 30 })),
  ],
];

const bad: [string, () => string][] = [
  ['alg none', () => unsignedJwt(claims(), header({ alg: 'none' }))],
  ['alg None', () => unsignedJwt(claims(), header({ alg: 'None' }))],
  ['alg none with a signature of something', () => unsignedJwt(claims(), header({ alg: 'none' }), 'AAAA')],
  ['no alg', () => unsignedJwt(claims(), { typ: 'JWT', kid: 'rsa-1' }, 'AAAA')],
  ['alg a list', () => unsignedJwt(claims(), header({ alg: ['RS256'] }), 'AAAA')],
  ['HS256 with the public key as PEM', () => hmacJwt(publicPem, claims(), header({ alg: 'HS256' }))],
  ['HS256 with the public key, trimmed', () => hmacJwt(publicPem.trim(), claims(), header({ alg: 'HS256' }))],
  ['HS384 with the JWK as text', () => hmacJwt(JSON.stringify(rsa.jwk), claims(), header({ alg: 'HS384' }))],
  ['HS512 with an empty secret', () => hmacJwt('', claims(), header({ alg: 'HS512' }))],
  ['EdDSA', () => unsignedJwt(claims(), header({ alg: 'EdDSA' }), 'AAAA')],
  ['ES512', () => unsignedJwt(claims(), header({ alg: 'ES512', kid: 'ec-1' }), 'AAAA')],
  ['an RSA key used as EC', () => signJwt(strangerEc, claims(), header({ alg: 'ES256' }))],
  ['an EC key used as RSA', () => signJwt(stranger, claims(), header({ kid: 'ec-1' }))],
  [
    'an ECDSA signature of noughts',
    () =>
      unsignedJwt(claims(), header({ alg: 'ES256', kid: 'ec-1' }), Buffer.alloc(64).toString('base64url')),
  ],
  ['a stranger’s key under a known kid', () => signJwt(stranger, claims())],
  ['a stranger’s EC key under a known kid', () => signJwt(strangerEc, claims(), { alg: 'ES256' })],
  ['a key of 1024 bits', () => signJwt(weak, claims())],
  ['an unknown kid', () => signJwt(rsa, claims(), { kid: 'rsa-2' })],
  ['no kid', () => signJwt(rsa, claims(), '{"alg":"RS256","typ":"JWT"}')],
  ['kid a path', () => signJwt(stranger, claims(), { kid: '../../../../dev/null' })],
  ['kid an SQL injection', () => signJwt(stranger, claims(), { kid: "' UNION SELECT 'key" })],
  ['kid a command', () => signJwt(stranger, claims(), { kid: '|/bin/sh' })],
  ['kid an object', () => signJwt(stranger, claims(), { kid: { $ne: null } })],
  ['kid __proto__', () => signJwt(stranger, claims(), { kid: '__proto__' })],
  ['kid constructor', () => signJwt(stranger, claims(), { kid: 'constructor' })],
  ['a key embedded as jwk', () => embedded({ jwk: stranger.jwk })],
  [
    'a key embedded as jwk under a kid of its own',
    () => embedded({ kid: 'mine', jwk: { ...stranger.jwk, kid: 'mine' } }),
  ],
  ['a key at jku', () => embedded({ jku: lureUrl })],
  ['a key at jku, kid unknown', () => embedded({ kid: 'mine', jku: lureUrl })],
  ['a key at x5u', () => embedded({ x5u: lureUrl })],
  ['a certificate in x5c', () => embedded({ x5c: ['MIIB'] })],
  ['crit', () => signJwt(rsa, claims(), { crit: ['exp'] })],
  ['b64 false', () => signJwt(rsa, claims(), { b64: false, crit: ['b64'] })],
  ['zip', () => signJwt(rsa, claims(), { zip: 'DEF' })],
  ['typ another', () => signJwt(rsa, claims(), { typ: 'logout+jwt' })],
  [
    'two algs in the header',
    () => signJwt(rsa, claims(), '{"alg":"RS256","typ":"JWT","kid":"rsa-1","alg":"RS256"}'),
  ],
  [
    'two scopes in the payload',
    () => signJwt(rsa, JSON.stringify(claims()).replace('{', '{"scope":"system/*.cruds",')),
  ],
  [
    'an escaped second scope',
    () => signJwt(rsa, JSON.stringify(claims()).replace('{', '{"sc\\u006fpe":"system/*.cruds",')),
  ],
  ['expired', () => signJwt(rsa, claims({ exp: seconds() - 61 }))],
  ['expired in milliseconds of another century', () => signJwt(rsa, claims({ exp: -1 }))],
  ['exp a text', () => signJwt(rsa, claims({ exp: '9999999999' }))],
  ['exp infinite', () => signJwt(rsa, JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e999'))],
  ['no exp', () => signJwt(rsa, without('exp'))],
  ['not valid yet', () => signJwt(rsa, claims({ nbf: seconds() + 120 }))],
  ['issued in the future', () => signJwt(rsa, claims({ iat: seconds() + 3600 }))],
  ['another issuer', () => signJwt(rsa, claims({ iss: `${ISSUER}.evil.example` }))],
  ['an issuer with a slash more', () => signJwt(rsa, claims({ iss: `${ISSUER}/` }))],
  ['an issuer in a list', () => signJwt(rsa, claims({ iss: [ISSUER] }))],
  ['no issuer', () => signJwt(rsa, without('iss'))],
  [
    'the sandbox’s issuer',
    () => signJwt(rsa, claims({ iss: 'urn:homeward:sandbox', aud: 'urn:homeward:sandbox' })),
  ],
  ['another audience', () => signJwt(rsa, claims({ aud: 'https://elsewhere' }))],
  ['an audience that begins so', () => signJwt(rsa, claims({ aud: `${AUDIENCE}.evil.example` }))],
  ['no audience', () => signJwt(rsa, without('aud'))],
  ['an audience that is an object', () => signJwt(rsa, claims({ aud: { [AUDIENCE]: true } }))],
  ['nobody', () => signJwt(rsa, without('sub'))],
  ['a sub with a line break', () => signJwt(rsa, claims({ sub: 'reader\r\nX-Admin: 1' }))],
  [
    'bound to a certificate that is not shown',
    () => signJwt(rsa, claims({ cnf: { 'x5t#S256': createHash('sha256').update('x').digest('base64url') } })),
  ],
  ['bound to a key by a way unknown', () => signJwt(rsa, claims({ cnf: { jkt: 'x' } }))],
  ['without its signature', () => swapped(signJwt(rsa, claims()), 2, '')],
  ['with its signature cut', () => signJwt(rsa, claims()).slice(0, -20)],
  [
    'with its payload changed',
    () => swapped(signJwt(rsa, claims()), 1, part(claims({ scope: 'system/*.cruds' }))),
  ],
  ['with its header changed', () => swapped(signJwt(rsa, claims()), 0, part(header({ alg: 'RS512' })))],
  ['of two parts', () => signJwt(rsa, claims()).split('.').slice(0, 2).join('.')],
  ['of four parts', () => `${signJwt(rsa, claims())}.AAAA`],
  ['encrypted (five parts)', () => 'e30.AA.AA.AA.AA'],
  ['padded base64', () => signJwt(rsa, claims()).replace('.', '=.')],
  ['a payload that is a list', () => signJwt(rsa, '[]')],
  ['a payload that is no JSON', () => signJwt(rsa, 'scope=all')],
  ['a payload nested 2,000 deep', () => signJwt(rsa, `${'['.repeat(2000)}${']'.repeat(2000)}`)],
  ['7,000 characters of nothing', () => 'A'.repeat(7000)],
  ['12,000 characters', () => signJwt(rsa, claims({ padding: 'x'.repeat(12_000) }))],
];

const ask = (authorization: string | undefined, path = '/FHIR/R4/Patient?_count=1') =>
  homeward.call('GET', path, {
    token: null,
    headers: authorization === undefined ? {} : { Authorization: authorization },
  });

describe('a sound token', () => {
  it.each(good)('%s gets in', async (_name, token) => {
    expect((await ask(`Bearer ${token()}`)).status).toBe(200);
  });

  it.each(['bearer', 'BEARER', 'Bearer  '])('gets in by the scheme as %s: it has no case', async (scheme) => {
    expect((await ask(`${scheme} ${signJwt(rsa, claims())}`)).status).toBe(200);
  });
});

describe('a token that is', () => {
  it.each(bad)('%s is refused with 401 invalid_token', async (_name, token) => {
    const reply = await ask(`Bearer ${token()}`);
    expect([reply.status, reply.headers.get('www-authenticate'), agitationOf(reply)]).toEqual([
      401,
      'Bearer error="invalid_token"',
      [],
    ]);
  });

  it('carried elsewhere than in Authorization is no token', async () => {
    const token = signJwt(rsa, claims());
    const inQuery = await ask(undefined, `/FHIR/R4/Patient?access_token=${token}`);
    const inCookie = await homeward.call('GET', '/FHIR/R4/Patient', {
      token: null,
      headers: {
        Cookie: `access_token=${token}`,
        'X-Access-Token': token,
        'X-Forwarded-Authorization': token,
      },
    });
    expect([inQuery.status, inCookie.status]).toEqual([401, 401]);
  });

  it.each(['Basic', 'Digest', 'Negotiate', 'DPoP', 'Token', 'JWT'])(
    'carried as %s is no token',
    async (scheme) => {
      const reply = await ask(`${scheme} ${signJwt(rsa, claims())}`);
      expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    },
  );

  it('one of two is refused: a proxy could have believed the other', async () => {
    const token = signJwt(rsa, claims());
    const { statuses } = await raw(homeward.url, [
      `GET /FHIR/R4/Patient HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    ]);
    expect(statuses).toEqual([401]);
  });

  it('forged tells the same whether what is asked for exists or not', async () => {
    const token = signJwt(stranger, claims());
    const [one, other] = await Promise.all([
      ask(`Bearer ${token}`, '/FHIR/R4/Patient/00000000-0000-4000-8000-000000000000'),
      ask(`Bearer ${token}`, '/FHIR/R4/Nonsense/1'),
    ]);
    expect([one.json, one.status]).toEqual([other.json, other.status]);
  });
});

it('nobody has gone to where forged tokens said their keys were', () => {
  expect(visits).toBe(0);
});
