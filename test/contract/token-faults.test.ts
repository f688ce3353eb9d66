/** The token endpoint fails as OAuth has it, whatever the fault: RFC 6749, RFC 7523. */
import { gzipSync } from 'node:zlib';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { rsaKey, signJwt } from '../fixtures/tokens';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

const folder = mkdtempSync(join(tmpdir(), 'homeward-token-'));
const key = rsaKey('ward-1');
const lines: string[] = [];
let homeward: Homeward;

beforeAll(async () => {
  const file = join(folder, 'clients.json');
  const client = { clientId: 'ward', name: 'Ward', odsCode: 'RR8', scope: 'system/Bundle.c' };
  writeFileSync(file, JSON.stringify([{ ...client, jwks: { keys: [key.jwk] } }]));
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  homeward = await startHomeward({ CLIENTS_FILE: file }, log);
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const post = (body: string | Buffer, headers: Record<string, string> = FORM): Promise<Reply> =>
  homeward.call('POST', '/oauth2/token', { token: null, body, headers });

function form(claims: object, signer = key): string {
  const now = Math.floor(Date.now() / 1000);
  const usual = { iss: 'ward', sub: 'ward', aud: `${homeward.url}/oauth2/token`, exp: now + 60 };
  const assertion = signJwt(signer, { ...usual, jti: `${Math.random()}`, ...claims });
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }).toString();
}

describe('a failure of the token endpoint', () => {
  it.each<[string, () => Promise<Reply>, number, string]>([
    ['a field missing', () => post('scope=x'), 400, 'invalid_request'],
    ['another grant', () => post('grant_type=password'), 400, 'unsupported_grant_type'],
    [
      'a scope that is not registered',
      () => post(`${form({})}&scope=system/Patient.rs`),
      400,
      'invalid_scope',
    ],
    ['a stranger’s signature', () => post(form({}, rsaKey('ward-1'))), 401, 'invalid_client'],
    ['an unknown client', () => post(form({ iss: 'x', sub: 'x' })), 401, 'invalid_client'],
    ['GET', () => homeward.call('GET', '/oauth2/token', { token: null }), 405, 'invalid_request'],
    [
      'GET with a slash',
      () => homeward.call('GET', '/oauth2/token/', { token: null }),
      405,
      'invalid_request',
    ],
    ['DELETE', () => homeward.call('DELETE', '/oauth2/token', { token: null }), 405, 'invalid_request'],
    ['a form that is too large', () => post('a'.repeat(70_000)), 413, 'invalid_request'],
    ['JSON', () => post('{}', { 'Content-Type': 'application/json' }), 415, 'invalid_request'],
    ['another encoding', () => post('x', { ...FORM, 'Content-Encoding': 'br' }), 415, 'invalid_request'],
    [
      'a broken gzip stream',
      () => post(gzipSync('scope=x').subarray(0, 12), { ...FORM, 'Content-Encoding': 'gzip' }),
      400,
      'invalid_request',
    ],
    [
      'a URL that is too long',
      () =>
        homeward.call('POST', `/oauth2/token?${'x'.repeat(21_000)}`, {
          token: null,
          body: '',
          headers: FORM,
        }),
      414,
      'invalid_request',
    ],
  ])('is JSON with error and error_description: %s', async (_what, call, status, error) => {
    const { status: got, headers, json } = await call();
    expect([got, json.error, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      status,
      error,
      'application/json; charset=utf-8',
      'no-store',
    ]);
    expect(json.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  it('names the methods that there are, for another one', async () => {
    const { headers } = await homeward.call('PUT', '/oauth2/token', { token: null });
    expect(headers.get('allow')).toBe('POST');
  });

  it('says the same of every fault of the assertion, and the log says which', async () => {
    const said = new Set<string>();
    lines.length = 0;
    for (const body of [
      form({ aud: 'x' }),
      form({ exp: 1 }),
      form({ iss: 'x', sub: 'x' }),
      form({}, rsaKey('no')),
    ])
      said.add(String((await post(body)).json.error_description));
    const faults = lines.map((line) => (JSON.parse(line) as { fault?: string }).fault).filter(Boolean);
    expect([said.size, new Set(faults).size]).toEqual([1, 4]);
  });
});
