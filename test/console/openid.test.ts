/** Signing in at a real OpenID provider. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../faults/server-process';
import { startHomeward, type Homeward } from '../support/homeward';
import { CLIENT_SECRET, startProvider, type TestProvider } from './provider';
import { Visitor, type PageReply } from './visitor';

const folder = mkdtempSync(join(tmpdir(), 'homeward-openid-'));
const secretFile = join(folder, 'secret');
let homeward: Homeward;
let provider: TestProvider;
beforeAll(async () => {
  writeFileSync(secretFile, `${CLIENT_SECRET}\n`);
  const port = await freePort();
  provider = await startProvider({ redirectUri: `http://127.0.0.1:${port}/console/callback` });
  homeward = await startHomeward({
    PORT: String(port),
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: 'homeward',
    OIDC_CLIENT_SECRET_FILE: secretFile,
    CONSOLE_SIGN_INS_PER_MINUTE: '1000',
  });
});
afterAll(async () => {
  await homeward.close();
  await provider.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (visitor: Visitor, to = '/console/'): Promise<string> => {
  await visitor.get(`/console/sign-in?${new URLSearchParams({ to }).toString()}`);
  const { status, location } = await visitor.post('/console/sign-in', { to });
  expect(status).toBe(303);
  return location!;
};

async function signIn(visitor: Visitor, account: object, to?: string): Promise<PageReply> {
  return visitor.get(await provider.signIn(await start(visitor, to), account));
}

describe('signing in at an OpenID provider', () => {
  it('asks with PKCE, a state and a nonce, and the form may lead there', async () => {
    const visitor = new Visitor(homeward);
    const page = await visitor.get('/console/sign-in');
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' ${provider.issuer};`);
    const asked = new URL(await start(visitor));
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'homeward',
      code_challenge_method: 'S256',
      redirect_uri: `${homeward.url}/console/callback`,
    });
    expect(asked.searchParams.get('state')!.length).toBeGreaterThan(40);
    expect(asked.searchParams.get('nonce')!.length).toBeGreaterThan(40);
    expect(new URL(await start(visitor)).searchParams.get('nonce')).not.toBe(asked.searchParams.get('nonce'));
  });

  it.each([
    ['without its nonce', (asked: URL) => asked.searchParams.delete('nonce')],
    ['with another nonce', (asked: URL) => asked.searchParams.set('nonce', 'A'.repeat(43))],
    ['with another code challenge', (asked: URL) => asked.searchParams.set('code_challenge', 'A'.repeat(43))],
  ])('refuses the answer to a question %s', async (_what, change) => {
    const visitor = new Visitor(homeward);
    const asked = new URL(await start(visitor));
    change(asked);
    const callback = await provider.signIn(asked.href, { name: 'A', roles: 'clinician', ods_code: 'RR8' });
    expect((await visitor.get(callback)).status).toBe(403);
    expect(visitor.cookies.has('homeward_session')).toBe(false);
  });

  it.each([
    ['a list', ['ward-manager', 'auditor']],
    ['a text', 'auditor'],
  ])('takes the roles as %s, and goes on to the wanted page', async (_form, roles) => {
    const visitor = new Visitor(homeward);
    const reply = await signIn(visitor, { name: 'Dr Ada Okoye', roles, ods_code: 'RR8' }, '/console/ledger');
    expect(reply.status).toBe(200);
    expect(reply.text).toContain('content="0; url=/console/ledger"');
    expect(reply.setCookies.find((each) => each.startsWith('homeward_session='))).toContain(
      'SameSite=Strict',
    );
    expect((await visitor.get('/console/nothing')).text).toContain('Signed in as Dr Ada Okoye');
    expect((await visitor.get('/console/')).location).toBe('/console/submissions');
  });

  it('refuses a person without a role of ours: 403, no session, recorded with the name', async () => {
    const visitor = new Visitor(homeward);
    const reply = await signIn(visitor, { name: 'Mr Nobody', roles: ['cleaner'] });
    expect(reply.status).toBe(403);
    expect(visitor.cookies.has('homeward_session')).toBe(false);
    const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
    const { json } = await homeward.call(
      'GET',
      `/FHIR/R4/AuditEvent?type=${DCM}|110114&outcome=4&agent-name=Mr Nobody`,
    );
    expect(json.total).toBe(1);
  });

  it('refuses the answer of a sign-in that another browser started', async () => {
    const callback = await provider.signIn(await start(new Visitor(homeward)), {
      name: 'A',
      roles: 'clinician',
    });
    const other = new Visitor(homeward);
    await other.get('/console/sign-in');
    expect((await other.get(callback)).status).toBe(403);
    expect(other.cookies.has('homeward_session')).toBe(false);
  });

  it('refuses a state that was changed, a code that was made up, and an error of the provider', async () => {
    const visitor = new Visitor(homeward);
    const asked = await start(visitor);
    const callback = new URL(await provider.signIn(asked, { name: 'A', roles: 'clinician' }));
    const state = callback.searchParams.get('state')!;
    for (const query of [
      { code: 'made-up', state },
      { code: callback.searchParams.get('code')!, state: `${state}x` },
      { error: 'access_denied', state },
      {},
    ]) {
      const given = new URLSearchParams(query as Record<string, string>);
      if ('state' in query) given.set('iss', provider.issuer);
      const reply = await visitor.get(`/console/callback?${given.toString()}`);
      expect([reply.status, visitor.cookies.has('homeward_session')]).toEqual([403, false]);
    }
  });

  it('is 503 while the provider is away', async () => {
    const away = await startHomeward({ OIDC_ISSUER: 'http://127.0.0.1:9', OIDC_CLIENT_ID: 'homeward' });
    try {
      const visitor = new Visitor(away);
      await visitor.get('/console/sign-in');
      const reply = await visitor.post('/console/sign-in', {});
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '2']);
    } finally {
      await away.close();
    }
  });
});

describe('an ID token that has every claim', () => {
  it('is enough', async () => {
    const port = await freePort();
    const own = await startProvider({
      redirectUri: `http://127.0.0.1:${port}/console/callback`,
      inIdToken: true,
    });
    const server = await startHomeward({
      PORT: String(port),
      OIDC_ISSUER: own.issuer,
      OIDC_CLIENT_ID: 'homeward',
      OIDC_CLIENT_SECRET_FILE: secretFile,
    });
    try {
      const visitor = new Visitor(server);
      const reply = await visitor.signInAt(own, { name: 'Sam', roles: 'operator', ods_code: 'RR8' });
      expect([reply.status, visitor.cookies.has('homeward_session')]).toEqual([200, true]);
    } finally {
      await server.close();
      await own.stop();
    }
  });
});
