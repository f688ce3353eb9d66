/** Signing in to the sandbox, and out. */
import { startHomeward, type Homeward } from '../../../../../test/support/homeward';
import { Visitor } from '../../../../../test/console/visitor';

let homeward: Homeward;
let now = new Date('2026-03-02T10:00:00Z');
beforeAll(async () => {
  homeward = await startHomeward({ CONSOLE_SIGN_INS_PER_MINUTE: '1000' }, undefined, () => now);
});
afterAll(() => homeward.close());

const MINUTE = 60_000;
const later = (minutes: number): void => {
  now = new Date(now.getTime() + minutes * MINUTE);
};

describe('a page without a session', () => {
  it('leads to the sign-in page, which leads back', async () => {
    const visitor = new Visitor(homeward);
    const reply = await visitor.get('/console/');
    expect([reply.status, reply.location]).toEqual([303, '/console/sign-in']);
    const form = await visitor.get('/console/sign-in?to=/console/nothing?x=1');
    expect(form.text).toContain('name="to" value="/console/nothing?x=1"');
    const signedIn = await visitor.post('/console/sign-in', {
      role: 'clinician',
      to: '/console/nothing?x=1',
    });
    expect([signedIn.status, signedIn.location]).toEqual([303, '/console/nothing?x=1']);
  });

  it.each([
    'https://elsewhere.example/console/',
    '//elsewhere.example/console/',
    '/\\elsewhere.example/console/',
    '/console/../FHIR/R4',
    '/console\\/elsewhere',
    '/docs',
    '/console/sign-out',
    'javascript:alert(1)',
  ])('never leads to %s', async (to) => {
    const visitor = new Visitor(homeward);
    await visitor.get(`/console/sign-in?${new URLSearchParams({ to }).toString()}`);
    const { location } = await visitor.post('/console/sign-in', { role: 'clinician', to });
    expect(location).toBe('/console/');
  });
});

describe('a session', () => {
  it('has a cookie that only this server and no script reads, and its name is on every page', async () => {
    const visitor = new Visitor(homeward);
    const { setCookies } = await visitor.signIn('operator');
    const cookie = setCookies.find((each) => each.startsWith('homeward_session='));
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    const page = await visitor.get('/console/nothing');
    expect(page.status).toBe(404);
    expect(page.text).toContain('Signed in as Sandbox operator');
    expect(page.headers.get('cache-control')).toBe('no-store');
  });

  it('is a new one at every sign-in, and the id of before opens nothing', async () => {
    const visitor = new Visitor(homeward);
    await visitor.signIn('operator');
    const first = visitor.cookies.get('homeward_session')!;
    const form = await visitor.get('/console/sign-in');
    const tokens = [...form.text.matchAll(/name="_csrf" value="([^"]*)"/g)].map(([, token]) => token);
    expect(new Set(tokens).size).toBe(1);
    await visitor.signIn('auditor');
    expect(visitor.cookies.get('homeward_session')).not.toBe(first);
    const thief = new Visitor(homeward);
    thief.cookies.set('homeward_session', first);
    expect((await thief.get('/console/')).location).toBe('/console/sign-in');
  });

  it('ends after 15 minutes without a request', async () => {
    const visitor = new Visitor(homeward);
    await visitor.signIn('operator');
    later(14);
    expect((await visitor.get('/console/')).location).toBe('/console/roads');
    later(14);
    expect((await visitor.get('/console/')).location).toBe('/console/roads');
    later(16);
    expect((await visitor.get('/console/')).location).toBe('/console/sign-in');
  });

  it('ends after 8 hours', async () => {
    const visitor = new Visitor(homeward);
    await visitor.signIn('operator');
    for (let minutes = 0; minutes < 8 * 60 - 10; minutes += 10) {
      later(10);
      expect((await visitor.get('/console/')).location).toBe('/console/roads');
    }
    later(10);
    expect((await visitor.get('/console/')).location).toBe('/console/sign-in');
  });

  it('ends at sign-out, which is recorded as the sign-in is, with the name', async () => {
    const visitor = new Visitor(homeward);
    await visitor.signIn('clinician');
    const kept = visitor.cookies.get('homeward_session')!;
    await visitor.get('/console/nothing');
    const out = await visitor.post('/console/sign-out', {});
    expect([out.status, out.location]).toEqual([303, '/console/sign-in?signed-out']);
    visitor.cookies.set('homeward_session', kept);
    expect((await visitor.get('/console/')).location).toBe('/console/sign-in');
    const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
    const found = await homeward.call(
      'GET',
      `/FHIR/R4/AuditEvent?type=${DCM}|110114&subtype=${DCM}|110123&_sort=-date`,
    );
    const [entry] = found.json.entry;
    expect(entry.resource.subtype).toEqual([{ system: DCM, code: '110123', display: 'Logout' }]);
    expect(JSON.stringify(entry.resource.agent)).toContain('Sandbox clinician');
    const before = await homeward.call(
      'GET',
      `/FHIR/R4/AuditEvent?subtype=${DCM}|110122&agent-name=Sandbox clinician`,
    );
    expect(before.json.total).toBeGreaterThan(0);
  });
});

describe('a form', () => {
  it.each(['', 'x', 'A'.repeat(43)])('with the token %p is refused: 403, as a page', async (token) => {
    const visitor = new Visitor(homeward);
    await visitor.get('/console/sign-in');
    const reply = await visitor.post('/console/sign-in', { _csrf: token, role: 'clinician' });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([403, 'text/html; charset=utf-8']);
    expect(reply.text).toMatch(/<h1[^>]*>You cannot open this page<\/h1>/);
  });

  it('of another browser is refused, and that of another session', async () => {
    const [one, two] = [new Visitor(homeward), new Visitor(homeward)];
    await one.get('/console/sign-in');
    await two.get('/console/sign-in');
    expect((await two.post('/console/sign-in', { _csrf: one.token, role: 'clinician' })).status).toBe(403);
    await one.signIn('clinician');
    await two.signIn('clinician');
    await one.get('/console/nothing');
    expect((await two.post('/console/sign-out', { _csrf: one.token })).status).toBe(403);
  });

  it('without a role says so beside the choice', async () => {
    const visitor = new Visitor(homeward);
    await visitor.get('/console/sign-in');
    const reply = await visitor.post('/console/sign-in', {});
    expect(reply.status).toBe(400);
    expect(reply.text).toContain('<title>Error: Sign in – Homeward</title>');
    expect(reply.text).toContain('href="#role"');
  });
});

describe('too many attempts', () => {
  it('are refused as a page, with the time to wait, and the API is not held back', async () => {
    const other = await startHomeward({ CONSOLE_SIGN_INS_PER_MINUTE: '2' }, undefined, () => now);
    try {
      const visitor = new Visitor(other);
      await visitor.get('/console/sign-in');
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const reply = await visitor.post('/console/sign-in', { role: 'x' });
        statuses.push(reply.status);
        if (attempt === 2) expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expect(statuses).toEqual([400, 400, 429]);
      expect((await other.call('GET', '/FHIR/R4/Patient')).status).toBe(200);
      later(1);
      expect((await visitor.post('/console/sign-in', { role: 'x' })).status).toBe(400);
    } finally {
      await other.close();
    }
  });
});

describe('the files of the pages', () => {
  it('are loaded from this server alone', async () => {
    const page = await new Visitor(homeward).get('/console/sign-in');
    const policy = String(page.headers.get('content-security-policy'));
    expect(policy).toMatch(
      /^default-src 'none';.*base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    );
    expect(policy).not.toContain('unsafe');
    const addresses = [...page.text.matchAll(/(?:href|src)="([^"#]*\.(?:css|js|ico)[^"]*)"/g)].map(
      ([, each]) => each!,
    );
    expect(addresses.length).toBe(5);
    for (const address of addresses) {
      const file = await new Visitor(homeward).get(address);
      expect([address, file.status]).toEqual([address, 200]);
      expect(file.text).not.toMatch(/https?:\/\/assets\.nhs\.uk/);
    }
  });
});
