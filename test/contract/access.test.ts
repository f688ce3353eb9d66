/** Who may do what: no token, bad tokens, too little scope, and what each scope allows. */
import { aSummary } from '../fixtures/summary';
import { part, rsaKey, signJwt, unsignedJwt } from '../fixtures/tokens';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { told } from '../support/outcome';

let homeward: Homeward;
/** The path of one stored resource of each type, and of the document. */
const paths: Record<string, string> = {};

beforeAll(async () => {
  homeward = await startHomeward();
  await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  for (const type of ['Patient', 'Encounter', 'DocumentReference', 'Observation']) {
    const { resource } = (await homeward.call('GET', `/FHIR/R4/${type}?_count=1`)).json.entry[0];
    paths[type] = `/FHIR/R4/${type}/${resource.id}`;
    if (type === 'DocumentReference')
      paths.Binary = `/FHIR/R4/Binary/${resource.content[0].attachment.url.split('/').at(-1)}`;
  }
});
afterAll(() => homeward.close());

const as = (scope: string, path: string, method = 'GET', body?: Buffer): Promise<Reply> =>
  homeward.call(method, path, { token: homeward.token(scope), ...(body ? { body } : {}) });

describe('a request without a token', () => {
  it.each(['/FHIR/R4/Patient', '/FHIR/R4/Bundle/1', '/FHIR/R4/Binary/1', '/FHIR/R4/Observation/1/_history'])(
    'to %s: 401, and how to get in',
    async (path) => {
      const reply = await homeward.call('GET', path, { token: null });
      expect(reply.status).toBe(401);
      expect(reply.headers.get('www-authenticate')).toBe('Bearer');
      expect(told(reply)).toEqual([{ severity: 'error', code: 'login', rule: 'http-no-token' }]);
    },
  );

  it('submits nothing: 401, and nothing is kept', async () => {
    const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { token: null, body: aSummary().bytes() });
    expect(reply.status).toBe(401);
    expect(reply.headers.get('x-submission-id')).toBeNull();
  });

  it.each([
    '/_ping',
    '/_status',
    '/FHIR/R4/metadata',
    '/FHIR/R4/.well-known/smart-configuration',
    '/openapi.json',
    '/docs',
  ])('is welcome at %s', async (path) => {
    const reply = await homeward.call('GET', path, { token: null });
    expect(reply.status).toBe(200);
  });

  it('may ask for a token', async () => {
    const reply = await homeward.call('POST', '/oauth2/token', {
      token: null,
      body: 'grant_type=password',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect([reply.status, reply.json.error]).toEqual([400, 'unsupported_grant_type']);
  });
});

describe('a bad token', () => {
  const forged = rsaKey('forged');
  const claims = {
    iss: 'urn:homeward:sandbox',
    aud: 'urn:homeward:sandbox',
    sub: 'me',
    scope: 'system/*.rs',
    exp: Math.floor(Date.now() / 1000) + 600,
  };
  const bad: [string, () => string][] = [
    ['no token at all', () => 'nonsense'],
    ['signed by a stranger', () => signJwt(forged, claims)],
    ['unsigned', () => unsignedJwt(claims, { alg: 'none', typ: 'JWT' })],
    ['with its scope changed', () => tampered(homeward.token('system/Patient.rs'))],
    [
      'expired',
      () => homeward.app.sandbox!.token({ scope: 'system/*.rs', ods: 'RR8', ttlSeconds: -120, sub: 'me' }),
    ],
  ];

  it.each(bad)('%s: 401 with error="invalid_token"', async (_what, token) => {
    const reply = await homeward.call('GET', '/FHIR/R4/Patient', { token: token() });
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
    expect(told(reply).map(({ severity, rule }) => [severity, rule])).toEqual([['error', 'http-token']]);
  });

  it('is another scheme: 401', async () => {
    const reply = await homeward.call('GET', '/FHIR/R4/Patient', {
      token: null,
      headers: { Authorization: 'Basic YTpi' },
    });
    expect(reply.status).toBe(401);
  });
});

describe('a scope', () => {
  it('is needed: 403', async () => {
    for (const reply of [
      await as('', '/FHIR/R4/Patient'),
      await as('system/Bundle.rs', '/FHIR/R4/Bundle', 'POST', aSummary().bytes()),
      await as('system/*.rs', '/FHIR/R4', 'POST', aSummary().bytes()),
      await as('system/Observation.rs', '/FHIR/R4/Bundle/$validate', 'POST', aSummary().bytes()),
      await as('patient/*.rs launch openid', '/FHIR/R4/Patient'),
    ]) {
      expect(reply.status).toBe(403);
      expect(told(reply)).toEqual([{ severity: 'error', code: 'forbidden', rule: 'http-scope' }]);
    }
  });

  const allows: [scope: string, path: () => string, status: number][] = [
    ['system/Patient.r', () => paths.Patient!, 200],
    ['system/Patient.r', () => `${paths.Patient}/_history`, 200],
    ['system/Patient.r', () => `${paths.Patient}/_history/1`, 200],
    ['system/Patient.r', () => '/FHIR/R4/Patient', 403],
    ['system/Patient.s', () => '/FHIR/R4/Patient', 200],
    ['system/Patient.s', () => paths.Patient!, 403],
    ['system/Patient.rs', () => '/FHIR/R4/Encounter', 403],
    ['user/Encounter.rs', () => '/FHIR/R4/Encounter', 200],
    ['system/Encounter.read', () => '/FHIR/R4/Encounter', 200],
    ['system/Encounter.read', () => paths.Encounter!, 200],
    ['system/Encounter.write', () => '/FHIR/R4/Encounter', 403],
    ['system/*.rs', () => '/FHIR/R4/Observation', 200],
    ['system/*.read', () => paths.Observation!, 200],
    ['system/*.rs', () => '/FHIR/R4/AuditEvent', 403],
    ['system/*.cruds', () => '/FHIR/R4/AuditEvent', 403],
    ['user/*.*', () => '/FHIR/R4/AuditEvent', 403],
    ['system/DocumentReference.r', () => paths.Binary!, 200],
    ['system/DocumentReference.s', () => paths.Binary!, 403],
    ['system/Binary.r', () => paths.Binary!, 403],
    ['system/*.rs', () => paths.Binary!, 200],
    ['system/Bundle.c', () => paths.Binary!, 403],
  ];
  it.each(allows)('%s at %s: %i', async (scope, path, status) => {
    expect((await as(scope, path())).status).toBe(status);
  });

  it('for a chain is that of the type it reaches into', async () => {
    const query = '/FHIR/R4/Encounter?patient.birthdate=1950-03-14';
    expect((await as('system/Encounter.rs', query)).status).toBe(403);
    expect((await as('system/Encounter.rs system/Patient.s', query)).status).toBe(200);
  });

  it('of version 1 submits by write', async () => {
    const reply = await as('system/Bundle.write', '/FHIR/R4/Bundle', 'POST', aSummary().stay(2).bytes());
    expect(reply.status).toBe(201);
  });

  it('with a restriction covers what matches it, in searches and reads', async () => {
    const finished = 'system/Encounter.rs?status=finished';
    const planned = 'system/Encounter.rs?status=planned';
    expect((await as(finished, '/FHIR/R4/Encounter')).json.total).toBe(2);
    expect((await as(planned, '/FHIR/R4/Encounter')).json.total).toBe(0);
    for (const path of [paths.Encounter!, `${paths.Encounter}/_history`, `${paths.Encounter}/_history/1`]) {
      expect((await as(finished, path)).status).toBe(200);
      expect((await as(planned, path)).status).toBe(404);
    }
    expect((await as('system/DocumentReference.r?status=current', paths.Binary!)).status).toBe(200);
    expect((await as('system/DocumentReference.r?status=superseded', paths.Binary!)).status).toBe(404);
  });
});

/** The same token with all scopes written into it, and the signature as it was. */
function tampered(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  return [header, part({ ...claims, scope: 'system/*.cruds' }), signature].join('.');
}
