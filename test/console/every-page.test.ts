/**
 * Every page, as the list of pages has it: without a session, with each role, without a form's token, and of a patient
 * whom the policy hides. What has no entry here fails, so that nothing new is forgotten.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roles, type Role } from '../../src/engines/access/people/roles';
import type { Page } from '../../src/interfaces/console/page';
import { pages } from '../../src/interfaces/console/pages';
import { freePort } from '../faults/server-process';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { CLIENT_SECRET, startProvider, type TestProvider } from './provider';
import { Visitor } from './visitor';

const listed = pages({ mode: 'sandbox', maxBodyBytes: 1_000_000 });
const keyOf = ({ method, path }: Pick<Page, 'method' | 'path'>): string => `${method} ${path}`;

/** Who may open the pages below each path: `*` is everyone, without signing in. @see docs/console.md */
const open: Readonly<Record<string, string>> = {
  '/console': 'clinician auditor operator',
  'sign-in': '*',
  callback: '*',
  'sign-out': 'clinician auditor operator',
  patients: 'clinician',
  stays: 'clinician',
  documents: 'clinician',
  submissions: 'auditor',
  counts: 'auditor',
  access: 'auditor',
  senders: 'auditor operator',
  'senders.csv': 'auditor operator',
  ledger: 'auditor operator',
  roads: 'operator',
  deliveries: 'operator',
  check: '*',
};

const NOBODY = '6b9b148f-0000-4000-8000-000000000009';
const filled = (path: string, id = NOBODY): string => path.replace(/:[a-z]+/gi, id);

let sandbox: Homeward;
const people = new Map<Role, Visitor>();
beforeAll(async () => {
  sandbox = await startHomeward({ CONSOLE_SIGN_INS_PER_MINUTE: '1000' });
  for (const role of roles) {
    const visitor = new Visitor(sandbox);
    await visitor.signIn(role);
    people.set(role, visitor);
  }
});
afterAll(() => sandbox.close());

describe('every page', () => {
  it('is for whom the list above says', () => {
    const wrong = listed.filter(({ path, roles: allowed }) => {
      const expected = open[path === '/console' ? path : path.split('/')[2]!];
      return expected !== (allowed === 'everyone' ? '*' : allowed.join(' '));
    });
    expect(wrong.map(keyOf)).toEqual([]);
  });

  it('that shows what is stored is in the audit trail', () => {
    const unaudited = listed.filter(({ path, audit }) => path.includes(':') && audit === undefined);
    expect(unaudited.map(keyOf)).toEqual([]);
  });

  const closed = listed.filter((page) => page.roles !== 'everyone');
  it.each(closed.map(keyOf))('%s leads to the sign-in page without a session', async (key) => {
    const [method = '', path = ''] = key.split(' ');
    const reply = await new Visitor(sandbox).send(method, filled(path), undefined, {});
    expect(reply.status).toBe(303);
    expect(reply.location).toMatch(/^\/console\/sign-in/);
  });

  it.each(closed.map(keyOf))('%s is 403 for every other role, as a page', async (key) => {
    const page = listed.find((each) => keyOf(each) === key)!;
    for (const [role, visitor] of people) {
      const reply = await visitor.send(page.method, filled(page.path), undefined, {});
      const isOpen = page.roles.includes(role);
      if (page.method === 'GET') expect([role, reply.status === 403]).toEqual([role, !isOpen]);
      else expect([role, reply.status]).toEqual([role, 403]);
      expect(reply.status).toBeLessThan(500);
      if (reply.status !== 403) continue;
      expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(reply.text).toMatch(/<h1[^>]*>You cannot open this page<\/h1>/);
    }
  });

  const posted = listed.filter(({ method }) => method === 'POST').map(keyOf);
  it.each(posted)('%s is 403 with a token that is missing, empty or of another session', async (key) => {
    const page = listed.find((each) => keyOf(each) === key)!;
    const role = page.roles === 'everyone' ? 'clinician' : page.roles[0]!;
    const visitor = people.get(role)!;
    const other = new Visitor(sandbox);
    await other.signIn(role);
    await other.get('/console/nothing');
    const path = filled(page.path);
    for (const body of [{}, { _csrf: '' }, { _csrf: other.token }]) {
      const reply = await visitor.send('POST', path, new URLSearchParams(body as Record<string, string>), {});
      expect([body, reply.status]).toEqual([body, 403]);
    }
  });

  it('is kept by no browser', async () => {
    for (const page of listed.filter(({ method }) => method === 'GET')) {
      const [role] = page.roles === 'everyone' ? roles : page.roles;
      const reply = await people.get(role!)!.get(filled(page.path));
      expect([keyOf(page), reply.headers.get('cache-control')]).toEqual([keyOf(page), 'no-store']);
    }
  });
});

describe('what a token of the same person could not read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-every-page-'));
  let secured: Homeward;
  let provider: TestProvider;
  beforeAll(async () => {
    const [policy, secret] = [join(folder, 'policy.json'), join(folder, 'secret')];
    writeFileSync(policy, JSON.stringify({ reading: { default: 'own-patients', breakGlass: false } }));
    writeFileSync(secret, CLIENT_SECRET);
    const port = await freePort();
    provider = await startProvider({ redirectUri: `http://127.0.0.1:${port}/console/callback` });
    secured = await startHomeward({
      PORT: String(port),
      POLICY_FILE: policy,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: 'homeward',
      OIDC_CLIENT_SECRET_FILE: secret,
    });
  });
  afterAll(async () => {
    await secured.close();
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is 404 on every clinical page, and no page tells it', async () => {
    await secured.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
    const first = async (type: string) =>
      (await secured.call('GET', `/FHIR/R4/${type}`)).json.entry[0].resource;
    const document = await first('DocumentReference');
    const ids: Record<string, string> = {
      patients: (await first('Patient')).id,
      stays: (await first('Encounter')).id,
      documents: document.content[0].attachment.url.split('/').at(-1),
    };
    const person = new Visitor(secured);
    await person.signInAt(provider, { name: 'Dr Elsewhere', roles: 'clinician', ods_code: 'EV9' });
    const clinical = listed.filter(
      ({ method, path, roles: allowed }) =>
        method === 'GET' && path.includes(':') && allowed.includes('clinician'),
    );
    expect(clinical.length).toBeGreaterThan(3);
    for (const { path } of clinical) {
      const reply = await person.get(filled(path, ids[path.split('/')[2]!]));
      expect([path, reply.status]).toEqual([path, 404]);
      expect(reply.text).not.toContain('999 000 0018');
    }
  });
});
