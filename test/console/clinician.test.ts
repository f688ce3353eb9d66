/** What a clinician finds: a patient by NHS number, the stays, and all of one stay. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../faults/server-process';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { CLIENT_SECRET, startProvider } from './provider';
import { aClinician, plain, Visitor } from './visitor';

const NUMBER = '9990000018';
let homeward: Homeward;
let visitor: Visitor;
beforeAll(async () => {
  ({ homeward, visitor } = await aClinician());
});
afterAll(() => homeward.close());

const submit = async (bytes: Buffer): Promise<void> => {
  const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { body: bytes });
  expect([200, 201]).toContain(reply.status);
};
const find = async (number: string, by = visitor) => {
  await by.get('/console/patients');
  return by.post('/console/patients', { 'nhs-number': number });
};
const staysOf = (text: string): string[] =>
  [...text.matchAll(/href="(\/console\/stays\/[0-9a-f-]+)"/g)].map(([, path]) => path!);

describe('a record that is labelled restricted', () => {
  it('says so in the banner, as of one that is not in use, and so does a document that is', async () => {
    const label = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };
    const number = '9990000069';
    await submit(
      aSummary()
        .stay(77)
        .nhsNumber(number)
        .with('Patient.meta.security', [label])
        .with('Patient.active', false)
        .with('DocumentReference.securityLabel', [{ coding: [label] }])
        .bytes(),
    );
    const patient = await visitor.get((await find(number)).location!);
    expect(plain(patient.text)).toContain('Restricted record Do not tell anybody where this person lives');
    expect(plain(patient.text)).toContain('This record is marked as not in use.');
    const stay = await visitor.get(staysOf(patient.text)[0]!);
    expect(plain(stay.text)).toContain('Restricted record Do not tell anybody');
    expect(plain(stay.text.slice(stay.text.indexOf('id="document"')))).toMatch(/^[^.]*Restricted \d/);
  });
});

describe('finding a patient', () => {
  it.each([
    ['999 000 001', 'it has 9 digits'],
    ['9990000019', 'last digit'],
    ['999-000-00x8', 'other characters'],
    ['', 'Enter an NHS number'],
    ['1111111111', 'last digit'],
  ])('says of %p that it is not an NHS number, and keeps it', async (typed, words) => {
    const page = await find(typed);
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/<title>Error: Find a patient – Homeward<\/title>/);
    expect(plain(page.text)).toContain('not an NHS number');
    expect(plain(page.text)).toContain(words);
    expect(page.text).toContain('<a href="#nhs-number">');
    expect(page.text).toMatch(/<input[^>]*aria-describedby="[^"]*nhs-number-error/);
    expect(page.text).toContain(`value="${typed}"`);
  });

  it('says apart from that that nothing is held', async () => {
    const page = await find('943 476 5919');
    expect(page.status).toBe(200);
    expect(plain(page.text)).toContain('Nothing is held for this NHS number');
    expect(page.text).not.toContain('Error:');
  });

  it.each([NUMBER, '999 000 0018', '999-000-0018', ' 999\u2009000\u00a00018 ', '999\u2013000\u20110018'])(
    'takes %p',
    async (typed) => {
      await submit(aSummary().bytes());
      const page = await find(typed);
      expect([page.status, page.location]).toEqual([
        303,
        expect.stringMatching(/^\/console\/patients\/[0-9a-f-]{36}$/),
      ]);
    },
  );
});

describe('a patient', () => {
  it('has a banner and the stays, newest first, with no name or number in the title', async () => {
    await submit(
      aSummary()
        .stay(2)
        .with('Encounter.period.start', '2025-06-01T09:00:00Z')
        .with('Encounter.period.end', '2025-06-04T09:00:00Z')
        .bytes(),
    );
    const { location } = await find(NUMBER);
    const page = await visitor.get(location!);
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/<title>Patient – Homeward<\/title>/);
    expect(plain(page.text)).toMatch(/999 000 0018/);
    expect(staysOf(page.text)).toHaveLength(2);
    expect(plain(page.text)).toMatch(/1 June 2025, 10:00 to 4 June 2025, 10:00 .* March 2025/);
  });

  it('is in the audit trail with the name of the person', async () => {
    const { location } = await find(NUMBER);
    await visitor.get(location!);
    const id = location!.split('/').at(-1);
    const { json } = await homeward.call(
      'GET',
      `/FHIR/R4/AuditEvent?patient=Patient/${id}&agent-name=Sandbox clinician&_sort=-date`,
    );
    expect(json.total).toBeGreaterThan(1);
    expect(json.entry[0].resource.agent).toContainEqual(
      expect.objectContaining({ name: 'Sandbox clinician', role: [{ text: 'clinician' }] }),
    );
    const report = await homeward.call('GET', `/access-report?patient=${id}`, {
      headers: { Accept: 'text/csv' },
    });
    expect(report.bytes.toString()).toContain('Sandbox clinician');
  });

  it('shows what a sender wrote as text, never as markup', async () => {
    const evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
    const number = '9990000115';
    await submit(
      aSummary()
        .stay(7)
        .nhsNumber(number)
        .with('Patient.name', [{ use: 'official', family: evil, given: [evil] }])
        .with('Organization.name', evil)
        .with('Encounter.reasonCode', [{ text: evil }])
        .with('DocumentReference.description', evil)
        .with('DocumentReference.content[0].attachment.title', evil)
        .with('Observation[8].note', [{ text: evil }])
        .bytes(),
    );
    const { location } = await find(number);
    const patient = await visitor.get(location!);
    const stay = await visitor.get(staysOf(patient.text)[0]!);
    for (const { status, text } of [patient, stay]) {
      expect(status).toBe(200);
      expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
      expect(text).not.toMatch(/<img|<script>alert|onerror="/i);
    }
  });
});

describe('a stay', () => {
  let text: string;
  let path: string;
  beforeAll(async () => {
    await submit(aSummary().stay(3).nhsNumber('9990000026').observations(32).bytes());
    const { location } = await find('9990000026');
    [path = ''] = staysOf((await visitor.get(location!)).text);
    ({ text } = await visitor.get(path));
  });

  it('has the document in a titled frame, and to download, as it was received', async () => {
    const [, frame] = /<iframe[^>]*title="Document: [^"]+"[^>]*src="([^"]+)"/.exec(text)!;
    const [, link] = /href="([^"]+)"[^>]*>Download PDF/.exec(text)!;
    expect(text).not.toMatch(/<iframe[^>]*sandbox/);
    const shown = await visitor.get(frame!);
    const saved = await visitor.get(link!);
    expect([shown.status, shown.headers.get('content-type'), saved.status]).toEqual([
      200,
      'application/pdf',
      200,
    ]);
    expect(shown.bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(saved.bytes).toEqual(shown.bytes);
    const header = (name: string) => shown.headers.get(name);
    expect([header('x-content-type-options'), header('cache-control'), header('x-frame-options')]).toEqual([
      'nosniff',
      'no-store',
      'SAMEORIGIN',
    ]);
    expect(header('content-security-policy')).toMatch(/^sandbox;.*frame-ancestors 'self'$/);
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment;/);
  });

  it('has the NEWS2 chart and the table of its sets', () => {
    expect(text).toMatch(/<svg[^>]*role="img"[^>]*aria-label="NEWS2 chart: 2 sets/);
    const [table] = /<table[^>]*>\s*<caption[^>]*>NEWS2[\s\S]*?<\/table>/.exec(text)!;
    expect(table.match(/<th[^>]*scope="col"/g)).toHaveLength(3);
    const rows = [...table.matchAll(/<tr[\s\S]*?<\/tr>/g)].map(([row]) => plain(row).trim());
    expect(rows.find((row) => row.startsWith('Total'))).toMatch(/^Total \d+ \d+$/);
    expect(rows.find((row) => row.startsWith('Consciousness'))).toMatch(/Alert \(0\)/);
    expect(rows.find((row) => row.startsWith('Air or oxygen'))).toMatch(/Air \(0\)|Oxygen/);
    expect(rows.find((row) => row.startsWith('Oxygen saturation scale'))).toMatch(/Scale 1/);
  });

  it('has trends named by parameter, and every reading with its unit', () => {
    for (const name of ['Respiration rate', 'Pulse', 'Temperature', 'Systolic blood pressure'])
      expect(text).toMatch(new RegExp(`<svg role="img" aria-label="${name}: 2 readings`));
    const [table] = /<table[^>]*>\s*<caption[^>]*>\d+ readings[\s\S]*?<\/table>/.exec(text)!;
    expect(plain(table)).toMatch(/\d\d\.\d °C/);
  });

  it('is 404 for an unknown id, as a page', async () => {
    const page = await visitor.get('/console/stays/6b9b148f-0000-4000-8000-000000000009');
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(page.text).toMatch(/<h1[^>]*>Page not found<\/h1>/);
  });
});

describe('a stay that changed', () => {
  it('is marked as corrected, with the old and the new value', async () => {
    const number = '9990000034';
    const first = aSummary().stay(4).nhsNumber(number);
    await submit(first.bytes());
    await submit(
      first
        .correction(2)
        .with('Encounter.reasonCode', [{ text: 'Another reason' }])
        .bytes(),
    );
    const { location } = await find(number);
    const patient = await visitor.get(location!);
    expect(plain(patient.text)).toContain('Corrected');
    const { text } = await visitor.get(staysOf(patient.text)[0]!);
    expect(plain(text)).toContain('Corrected');
    expect(plain(text)).toMatch(/Version 2 .*Before After .*not there Another reason/);
  });

  it('that was withdrawn is listed no more, and its page says so: 410', async () => {
    const number = '9990000050';
    const first = aSummary().stay(8).nhsNumber(number);
    await submit(first.bytes());
    const { location } = await find(number);
    const [path = ''] = staysOf((await visitor.get(location!)).text);
    // The same summary, corrected: it was about another stay.
    const other = aSummary().stay(9).nhsNumber(number).correction(2);
    await submit(other.with('Bundle.identifier', first.build().identifier!).bytes());
    const stays = staysOf((await visitor.get(location!)).text);
    const page = await visitor.get(path);
    expect(stays).toHaveLength(1);
    expect(stays).not.toContain(path);
    expect(page.status).toBe(410);
    expect(page.text).toMatch(/<h1[^>]*>This has been withdrawn<\/h1>/);
  });

  it('has the remarks on what it shows, and none on the Bundle as a whole, which may name what it does not show', async () => {
    const number = '9990000077';
    const first = aSummary().stay(11).nhsNumber(number);
    await submit(first.bytes());
    const before = staysOf((await visitor.get((await find(number)).location!)).text)[0]!
      .split('/')
      .at(-1)!;
    const other = aSummary().stay(12).nhsNumber(number).correction(2);
    const preliminary = other.with('DocumentReference.docStatus', 'preliminary');
    await submit(preliminary.with('Bundle.identifier', first.build().identifier!).bytes());
    const { json } = await homeward.call('GET', '/submissions?limit=1&status=accepted');
    const outcome = await homeward.call('GET', `/submissions/${json.submissions[0].id}`);
    expect(JSON.stringify(outcome.json.outcome)).toContain(`Encounter/${before}`);
    const [path = ''] = staysOf((await visitor.get((await find(number)).location!)).text);
    const { text } = await visitor.get(path);
    expect(text).toContain('The document is stored as preliminary');
    expect(text).not.toContain(before);
  });

  it('says of the NEWS2 of a child that it is for adults, which a sender is only informed of', async () => {
    const number = '9990000085';
    const sent = aSummary()
      .stay(13)
      .nhsNumber(number)
      .observations(16)
      .with('Patient.birthDate', '2020-01-01');
    await submit(sent.bytes());
    const [path = ''] = staysOf((await visitor.get((await find(number)).location!)).text);
    expect((await visitor.get(path)).text).toContain('NEWS2 is for people aged 16 and over');
  });

  it('is marked as not final, and as entered in error', async () => {
    const number = '9990000042';
    await submit(
      aSummary().stay(5).nhsNumber(number).with('DocumentReference.docStatus', 'preliminary').bytes(),
    );
    await submit(
      aSummary().stay(6).nhsNumber(number).with('DocumentReference.status', 'entered-in-error').bytes(),
    );
    const { location } = await find(number);
    const { text } = await visitor.get(location!);
    expect(plain(text)).toContain('Not final');
    expect(plain(text)).toContain('Entered in error');
    const pages = await Promise.all(staysOf(text).map((stay) => visitor.get(stay)));
    expect(
      pages.map((page) => [/Not final/.test(page.text), /Entered in error/.test(page.text)]).sort(),
    ).toEqual([
      [false, true],
      [true, false],
    ]);
  });
});

describe('under a policy of own patients', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-clinician-'));
  const [policy, secret] = [join(folder, 'policy.json'), join(folder, 'secret')];
  const servers: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const each of servers) await each.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (breakGlass: boolean) => {
    writeFileSync(policy, JSON.stringify({ reading: { default: 'own-patients', breakGlass } }));
    writeFileSync(secret, CLIENT_SECRET);
    const port = await freePort();
    const provider = await startProvider({ redirectUri: `http://127.0.0.1:${port}/console/callback` });
    const server = await startHomeward({
      PORT: String(port),
      POLICY_FILE: policy,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: 'homeward',
      OIDC_CLIENT_SECRET_FILE: secret,
    });
    servers.push(server, { close: provider.stop });
    await server.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
    const person = new Visitor(server);
    await person.signInAt(provider, { name: 'Dr Elsewhere', roles: 'clinician', ods_code: 'EV9' });
    return { server, person };
  };

  it('opens another organisation’s patient with a reason, that patient alone, and records it', async () => {
    const { server, person } = await start(true);
    await server.call('POST', '/FHIR/R4/Bundle', {
      body: aSummary().stay(2).nhsNumber('9990000026').bytes(),
    });
    const missing = await find(NUMBER, person);
    expect(plain(missing.text)).toContain('Nothing is held for this NHS number');
    expect(missing.text).toMatch(/<label[^>]*for="reason"[^>]*>\s*Reason/);
    const [, action] = /action="(\/console\/patients\/[0-9a-f-]+\/break-glass)"/.exec(missing.text)!;
    const patient = action!.replace('/break-glass', '');
    const asked = await person.get(patient);
    expect(asked.status).toBe(403);
    expect(asked.text).toContain('name="reason"');
    expect((await person.post(action!, { reason: ' ' })).status).toBe(400);
    expect((await person.post(action!, { reason: '\u202e\u202e' })).status).toBe(400);
    const unknown = '/console/patients/7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11/break-glass';
    expect((await person.post(unknown, { reason: 'Emergency admission' })).status).toBe(404);
    const { database } = server.app;
    const [session] = await database.query<{ reasons: object }>(
      { name: 'test_reasons', text: 'SELECT reasons FROM console_session' },
      [],
    );
    expect(session?.reasons).toEqual({});
    expect((await person.post(action!, { reason: 'Emergency admission' })).location).toBe(patient);
    await database.query(
      {
        name: 'test_many_reasons',
        text: `UPDATE console_session SET reasons = reasons ||
          (SELECT jsonb_object_agg(gen_random_uuid(), 'for care') FROM generate_series(1, 199))`,
      },
      [],
    );
    const other = `/console/patients/${server.app.patients.idOf('9990000026')}/break-glass`;
    const full = await person.post(other, { reason: 'Emergency admission' });
    expect([full.status, plain(full.text)]).toEqual([400, expect.stringContaining('You have opened 200')]);
    const opened = await person.get(patient);
    expect(plain(opened.text)).toMatch(/999 000 0018 .*Emergency admission/);
    const stay = await person.get(staysOf(opened.text)[0]!);
    expect(stay.status).toBe(200);
    expect((await person.get(/<iframe[^>]*src="([^"]+)"/.exec(stay.text)![1]!)).status).toBe(200);
    expect(plain((await find('9990000026', person)).text)).toContain('Nothing is held');
    const id = patient.split('/').at(-1);
    const { json } = await server.call(
      'GET',
      `/FHIR/R4/AuditEvent?patient=Patient/${id}&agent-name=Dr Elsewhere&_count=100`,
    );
    const reasons = json.entry.map(
      ({ resource }: { resource: { purposeOfEvent?: { text: string }[] } }) =>
        resource.purposeOfEvent?.[0]?.text,
    );
    expect(
      reasons.filter((reason: string | undefined) => reason === 'Emergency admission').length,
    ).toBeGreaterThanOrEqual(4);
  });

  it('offers no reason where the policy allows none', async () => {
    const { person } = await start(false);
    const missing = await find(NUMBER, person);
    expect(missing.text).not.toContain('name="reason"');
  });
});
