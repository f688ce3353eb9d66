/**
 * The token endpoint as its clients see it: SMART Backend Services' and NHS England's, each fault with its status and
 * `error` (RFC 6749, RFC 7523), and a replay refused on every node.
 */
import { scopeRules } from '../../../test/support/scope-rules';
import { openDatabase, type Database } from '../../platform/postgres';
import type { JsonObject } from '../../fhir/types';
import { ecKey, hmacJwt, rsaKey, signJwt, unsignedJwt } from '../../../test/fixtures/tokens';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database';
import { createAssertionReplay } from './assertion-replay';
import type { ClientRegistration } from './client-registration';
import type { Client } from './clients';
import { readKeySet } from './jwk';
import { fixedKeySource, openKeySource } from './keys';
import { openSigningKeys, type SigningKeys } from './signing-keys';
import {
  issueToken,
  readTokenForm,
  type TokenAnswer,
  type TokenEndpointDependencies,
} from './token-endpoint';
import { createTokenVerifier } from './verify-token';

const TOKEN_URL = 'https://homeward.example/oauth2/token';
const ISSUER = 'https://homeward.example';
const AUDIENCE = 'https://homeward.example/FHIR/R4';
const NOW = 1_790_000_000;
const key = rsaKey('ward-1');
const ec = ecKey('ward-ec', 'P-384');

const registration: ClientRegistration = {
  clientId: 'ward-system',
  name: 'Ward system',
  odsCode: 'RR8',
  scope: 'system/Bundle.c system/Patient.rs',
  jwks: { keys: [key.jwk, ec.jwk] },
};

const away = openKeySource('file:/nowhere/jwks.json', {
  name: 'keys',
  now: () => NOW * 1_000,
  onProblem: () => {},
});
const keys = fixedKeySource(readKeySet(registration.jwks).keys);
const clients = new Map<string, Client>([
  ['ward-system', { registration, keys }],
  ['off', { registration: { ...registration, clientId: 'off', disabled: true }, keys }],
  ['away', { registration: { ...registration, clientId: 'away' }, keys: away }],
  [
    'bound',
    { registration: { ...registration, clientId: 'bound', certificateSha256: 'x'.repeat(43) }, keys },
  ],
  [
    'published',
    {
      registration: { ...registration, clientId: 'published', jwksUri: 'https://ward.example/jwks' },
      keys,
    },
  ],
]);

let seconds = NOW;
let testDatabase: TestDatabase;
let nodes: { db: Database; signingKeys: SigningKeys; deps: TokenEndpointDependencies }[];

function node(): (typeof nodes)[number] {
  const db = openDatabase(testDatabase.connection, {
    maxConnections: 4,
    connectionTimeoutMillis: 5_000,
    statementTimeoutMillis: 5_000,
    onError: () => {},
  });
  const now = (): number => seconds * 1_000;
  const signingKeys = openSigningKeys(db, { now, passphrase: 'correct horse', onProblem: () => {} });
  const deps = {
    scopeRules,
    tokenUrl: TOKEN_URL,
    issuer: ISSUER,
    audience: AUDIENCE,
    clients: { find: (id: string) => Promise.resolve(clients.get(id)) },
    replay: createAssertionReplay(db, now),
    signer: signingKeys.signer,
    now,
  };
  return { db, signingKeys, deps };
}

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  nodes = [node(), node()];
});
afterAll(async () => {
  for (const { db } of nodes) await db.close();
  await testDatabase.drop();
});
beforeEach(() => {
  seconds = NOW;
});

let made = 0;
function claimsOf(changes: JsonObject = {}): JsonObject {
  made += 1;
  return {
    iss: 'ward-system',
    sub: 'ward-system',
    aud: TOKEN_URL,
    jti: `jti-${made}`,
    exp: seconds + 240,
    ...changes,
  };
}

function formOf(assertion: string, changes: Record<string, string> = {}): Record<string, string> {
  return {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...changes,
  };
}

function ask(form: Record<string, string> | undefined, at = 0): Promise<TokenAnswer> {
  const { deps } = nodes[at] as (typeof nodes)[number];
  return issueToken(form, deps);
}

describe('a token', () => {
  it.each([
    ['RS512', key],
    ['RS384', key],
    ['ES384', ec],
  ])('is issued for an assertion signed with %s', async (alg, signer) => {
    const answer = await ask(formOf(signJwt(signer, claimsOf(), { alg }), { scope: 'system/Patient.rs' }));
    const { access_token: token, ...rest } = answer.body;
    expect([answer.status, rest, answer.headers, answer.about, typeof token]).toEqual([
      200,
      { token_type: 'bearer', expires_in: 300, scope: 'system/Patient.rs' },
      { 'Cache-Control': 'no-store', Pragma: 'no-cache' },
      { clientId: 'ward-system', odsCode: 'RR8', proven: true, scope: 'system/Patient.rs' },
      'string',
    ]);
  });

  it('is accepted by every node, for five minutes and the leeway', async () => {
    const answer = await ask(formOf(signJwt(key, claimsOf(), { alg: 'RS512' })), 0);
    const { signingKeys, deps } = nodes[1] as (typeof nodes)[number];
    const verifier = createTokenVerifier({
      scopeRules,
      issuers: [{ issuer: ISSUER, audiences: [AUDIENCE], keys: signingKeys.keys }],
      now: deps.now,
    });
    const header = `Bearer ${String(answer.body.access_token)}`;
    const result = await verifier.verify(header);
    expect(result.ok && [result.caller.clientId, result.caller.sender, result.caller.issuer]).toEqual([
      'ward-system',
      'RR8',
      ISSUER,
    ]);
    seconds = NOW + 360;
    expect(await verifier.verify(header)).toMatchObject({ ok: false, code: 'expired' });
  });

  it('holds all that the client is registered for where no scope is named, as NHS England’s clients expect', async () => {
    const answer = await ask(formOf(signJwt(key, claimsOf(), { alg: 'RS512' })));
    expect(answer.body.scope).toBe('system/Bundle.c system/Patient.rs');
  });

  it('holds what was asked for of what the client is registered for', async () => {
    const answer = await ask(formOf(signJwt(key, claimsOf()), { scope: 'system/*.cruds openid' }));
    expect(answer.body.scope).toBe('system/Bundle.c system/Patient.rs');
  });

  it('is bound to the certificate that the client is registered with', async () => {
    const form = (): Record<string, string> => formOf(signJwt(key, claimsOf({ iss: 'bound', sub: 'bound' })));
    expect((await ask(form())).body.error).toBe('invalid_client');
    const { deps, signingKeys } = nodes[0] as (typeof nodes)[number];
    const answer = await issueToken(form(), deps, { certificateSha256: 'x'.repeat(43) });
    const verifier = createTokenVerifier({
      scopeRules,
      issuers: [{ issuer: ISSUER, audiences: [AUDIENCE], keys: signingKeys.keys }],
      now: deps.now,
    });
    const header = `Bearer ${String(answer.body.access_token)}`;
    expect((await verifier.verify(header)).ok).toBe(false);
    expect((await verifier.verify(header, 'x'.repeat(43))).ok).toBe(true);
  });
});

describe('an assertion', () => {
  it('is good once, on whichever node', async () => {
    const form = formOf(signJwt(key, claimsOf(), { alg: 'RS512' }));
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(form, index % 2)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(401)]);
    const { body, about } = await ask(form, 1);
    expect([body, about.fault]).toEqual([
      notAuthenticated,
      'jti of client_assertion has been used before. Make a new assertion for each request.',
    ]);
  });

  it('is not used up by one who can’t sign it', async () => {
    const claims = claimsOf();
    expect((await ask(formOf(signJwt(rsaKey('ward-1'), claims)))).status).toBe(401);
    expect((await ask(formOf(signJwt(key, claims)))).status).toBe(200);
  });

  it('is forgotten some time after it has expired, and not before', async () => {
    const { db } = nodes[0] as (typeof nodes)[number];
    const count = async (): Promise<unknown> =>
      (
        await db.query({
          text: "SELECT count(*)::int AS n FROM used_assertion WHERE client_id = 'ward-system'",
        })
      )[0];
    await ask(formOf(signJwt(key, claimsOf())));
    const before = await count();
    expect(before).not.toEqual({ n: 0 });
    seconds = NOW + 549;
    await ask(formOf(signJwt(key, claimsOf())));
    seconds = NOW + 1_200;
    await ask(formOf(signJwt(key, claimsOf())));
    expect(await count()).toEqual({ n: 1 });
  });
});

const notAuthenticated = {
  error: 'invalid_client',
  error_description:
    'The server could not authenticate the client with client_assertion. The log of the server gives the reason, with this message_id.',
};

describe('a fault', () => {
  const good = (): string => signJwt(key, claimsOf(), { alg: 'RS512' });
  const withClaims =
    (changes: JsonObject): (() => Record<string, string>) =>
    () =>
      formOf(signJwt(key, claimsOf(changes), { alg: 'RS512' }));
  const withHeader =
    (changes: JsonObject): (() => Record<string, string>) =>
    () =>
      formOf(signJwt(key, claimsOf(), { alg: 'RS512', ...changes }));

  it.each<[string, () => Record<string, string> | undefined, number, string]>([
    ['no grant_type', () => formOf(good(), { grant_type: '' }), 400, 'invalid_request'],
    ['another grant_type', () => formOf(good(), { grant_type: 'password' }), 400, 'unsupported_grant_type'],
    ['a field twice', () => readTokenForm('scope=a&scope=b'), 400, 'invalid_request'],
    ['no client_assertion_type', () => formOf(good(), { client_assertion_type: '' }), 400, 'invalid_request'],
    ['another type', () => formOf(good(), { client_assertion_type: 'saml2-bearer' }), 400, 'invalid_request'],
    ['no client_assertion', () => formOf(''), 400, 'invalid_request'],
    ['no scope left', () => formOf(good(), { scope: 'system/AuditEvent.rs' }), 400, 'invalid_scope'],
    ['no scope known', () => formOf(good(), { scope: 'openid' }), 400, 'invalid_scope'],
  ])('%s', async (_name, form, status, error) => {
    const answer = await ask(form());
    expect([answer.status, answer.body.error, answer.headers, answer.about.error]).toEqual([
      status,
      error,
      { 'Cache-Control': 'no-store', Pragma: 'no-cache' },
      error,
    ]);
    expect(answer.body.error_description).toEqual(expect.stringMatching(/^[A-Za-z_][^"\\]*\.$/));
  });

  it.each<[string, () => Record<string, string>]>([
    ['a malformed JWT', () => formOf('a.b.c')],
    ['alg none', () => formOf(unsignedJwt(claimsOf(), { alg: 'none', typ: 'JWT' }, 'AA'))],
    ['alg HS256', () => formOf(hmacJwt('x', claimsOf(), { alg: 'HS256', kid: 'ward-1' }))],
    ['typ not JWT', withHeader({ typ: 'JWS' })],
    ['no typ', withHeader({ typ: null })],
    ['no kid', withHeader({ kid: null })],
    ['crit', withHeader({ crit: ['x'] })],
    ['no exp', withClaims({ exp: null })],
    ['exp a text', withClaims({ exp: String(NOW + 60) })],
    ['exp a fraction', withClaims({ exp: NOW + 60.5 })],
    ['exp past', withClaims({ exp: NOW - 10 })],
    ['exp too far ahead', withClaims({ exp: NOW + 311 })],
    ['nbf ahead', withClaims({ nbf: NOW + 60 })],
    ['iss missing', withClaims({ iss: null })],
    ['iss and sub different', withClaims({ sub: 'other' })],
    ['jti missing', withClaims({ jti: null })],
    ['jti a number', withClaims({ jti: 7 })],
    ['an unknown client', withClaims({ iss: 'nobody', sub: 'nobody' })],
    ['a client named like a member of every object', withClaims({ iss: '__proto__', sub: '__proto__' })],
    ['an unknown kid', withHeader({ kid: 'ward-9' })],
    ['a kid of another kind of key', withHeader({ kid: 'ward-ec' })],
    ['aud missing', withClaims({ aud: null })],
    ['aud another address', withClaims({ aud: `${TOKEN_URL}/` })],
    ['aud several', withClaims({ aud: [TOKEN_URL, 'https://evil.example'] })],
    [
      'a jku that is not the registered one',
      () =>
        formOf(
          signJwt(key, claimsOf({ iss: 'published', sub: 'published' }), { jku: 'https://evil.example' }),
        ),
    ],
    ['another signature', () => formOf(signJwt(rsaKey('ward-1'), claimsOf()))],
    [
      'an embedded jwk',
      () => {
        const own = rsaKey('ward-1');
        return formOf(signJwt(own, claimsOf(), { jwk: own.jwk }));
      },
    ],
    ['keys out of reach', withClaims({ iss: 'away', sub: 'away' })],
    ['a disabled client', withClaims({ iss: 'off', sub: 'off' })],
    ['client_id of another', () => formOf(good(), { client_id: 'other' })],
  ])(
    'of the client or its assertion (%s) is always answered the same way, and the log has the reason',
    async (_name, form) => {
      const answer = await ask(form());
      expect([answer.status, answer.body, answer.headers]).toEqual([
        401,
        notAuthenticated,
        { 'Cache-Control': 'no-store', Pragma: 'no-cache' },
      ]);
      expect(answer.about.fault).toEqual(expect.stringMatching(/^[A-Za-z].*\.$/));
    },
  );

  it('names the request, where it has an id', async () => {
    const { deps } = nodes[0] as (typeof nodes)[number];
    expect((await issueToken({}, deps, { requestId: 'r-1' })).body).toEqual({
      error: 'invalid_request',
      error_description: 'grant_type must be client_credentials.',
      message_id: 'r-1',
    });
  });

  it('says whom it claims to be, unproven', async () => {
    expect((await ask(formOf(signJwt(rsaKey('ward-1'), claimsOf())))).about).toEqual({
      clientId: 'ward-system',
      proven: false,
      error: 'invalid_client',
      fault: 'The signature of client_assertion is not valid.',
    });
  });
});

describe('the signing key', () => {
  it('is made once, however many nodes start together, and lies encrypted in the database', async () => {
    const empty = await createTestDatabase();
    const open = nodes.map(() =>
      openDatabase(empty.connection, {
        maxConnections: 2,
        connectionTimeoutMillis: 5_000,
        statementTimeoutMillis: 5_000,
        onError: () => {},
      }),
    );
    const opened = open.map((db) =>
      openSigningKeys(db, { now: Date.now, passphrase: 'correct horse', onProblem: () => {} }),
    );
    const signers = await Promise.all(opened.map((each) => each.signer()));
    expect(new Set(signers.map(({ kid }) => kid)).size).toBe(1);
    const rows = await (open[0] as Database).query<{ private_key: string }>({
      text: 'SELECT private_key FROM signing_key',
    });
    expect(rows.map((row) => row.private_key.split('\n')[0])).toEqual([
      '-----BEGIN ENCRYPTED PRIVATE KEY-----',
    ]);
    expect(await (opened[0] as SigningKeys).publicKeys()).toEqual({ keys: [signers[0]?.publicJwk] });
    for (const db of open) await db.close();
    await empty.drop();
  });
});
