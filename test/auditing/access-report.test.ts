/** Who has seen this patient’s data: the report that an auditor gives to a patient who asks. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Visitor } from '../console/visitor';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { accepted, freshNhsNumber, freshSummary, stored, type AnyJson } from '../semantics/sending';

let homeward: Homeward;
let number: string;
let patient: string;
let document: string;
beforeAll(async () => {
  homeward = await startHomeward();
  number = freshNhsNumber();
  const sent = await accepted(homeward, freshSummary().nhsNumber(number), { as: 'RAR01' });
  patient = (await stored(homeward, sent.submissionId, 'Patient')).id;
  document = (await stored(homeward, sent.submissionId, 'DocumentReference')).id;
});
afterAll(() => homeward.close());

const report = (query: string, headers: Record<string, string> = {}): Promise<Reply> =>
  homeward.call('GET', `/access-report?${query}`, { headers });

/** What a reader with the name does. */
async function readAs(name: string | undefined, path: string, headers: Record<string, string> = {}) {
  const token = homeward.sign({
    scope: 'system/*.rs',
    ods: 'RRD01',
    ttlSeconds: 600,
    sub: 'gp-app',
    ...(name === undefined ? {} : { user: { name } }),
  });
  const reply = await homeward.call('GET', path, { token, headers });
  return reply.status;
}

describe('the access report', () => {
  it('has a row for each event that concerns the patient, newest first', async () => {
    await readAs('Dr Ada Singh', `/FHIR/R4/DocumentReference/${document}`, {
      'X-Request-ID': 'access-1',
      'NHSD-End-User-Organisation-ODS': 'A81001',
    });
    const { status, json } = await report(`patient=${patient}`);
    expect(status).toBe(200);
    expect(json.rows[0]).toEqual({
      when: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      who: 'Dr Ada Singh',
      client: 'gp-app',
      organisation: 'RRD01',
      endUserOrganisation: 'A81001',
      action: 'R',
      what: `GET /FHIR/R4/DocumentReference/${document}`,
      purpose: null,
      breakGlass: null,
      outcome: '0',
      requestId: 'access-1',
    });
    const times = json.rows.map(({ when }: AnyJson) => when);
    expect(times).toEqual([...times].sort().reverse());
    expect(json.rows.at(-1)).toMatchObject({ action: 'C', organisation: 'RAR01', outcome: '0' });
    expect(json.next).toBeNull();
  });

  it('names the patient by NHS number as people write it, and keeps it out of the URL by POST', async () => {
    const byId = (await report(`patient=Patient/${patient}&to=2100-01-01&limit=1000`)).json.rows;
    const spaced = `${number.slice(0, 3)} ${number.slice(3, 6)} ${number.slice(6)}`;
    const byNumber = await homeward.call('POST', '/access-report', {
      body: `nhs-number=${encodeURIComponent(spaced)}`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    // The report before is on record, too.
    expect(byNumber.json.rows.slice(1)).toEqual(byId);
    expect(byNumber.json.rows[0]).toMatchObject({ action: 'E', what: 'GET /access-report' });
  });

  it('shows an attempt that was refused', async () => {
    const token = homeward.token('system/Observation.rs', 'RNO01');
    await homeward.call('GET', `/FHIR/R4/Patient/${patient}`, { token });
    const { json } = await report(`patient=${patient}`);
    expect(json.rows[0]).toMatchObject({ organisation: 'RNO01', outcome: '4' });
  });

  it('turns its pages without loss or repetition, also while the data is being read', async () => {
    const whole = (await report(`patient=${patient}&limit=1000`)).json.rows;
    const to = encodeURIComponent(whole[0].when);
    const expected = whole.filter(({ when }: AnyJson) => when < whole[0].when);
    const seen: AnyJson[] = [];
    let cursor = '';
    do {
      const { json } = await report(`patient=${patient}&limit=2&to=${to}${cursor}`);
      seen.push(...json.rows);
      cursor = json.next === null ? '' : `&cursor=${json.next}`;
    } while (cursor !== '');
    // A time of a millisecond covers that millisecond.
    expect(seen.filter(({ when }) => when < whole[0].when)).toEqual(expected);
  });

  it('finds by time', async () => {
    expect((await report(`patient=${patient}&to=2020-01-01`)).json.rows).toEqual([]);
    expect((await report(`patient=${patient}&from=2100-01-01`)).json.rows).toEqual([]);
  });

  it('has nothing to say of a patient whom nobody asked about', async () => {
    const { status, json } = await report(`nhs-number=${freshNhsNumber()}`);
    expect([status, json]).toEqual([200, { rows: [], next: null }]);
  });

  it('is itself recorded, with the patient', async () => {
    await report(`patient=${patient}`, { 'X-Request-ID': 'access-own' });
    const { json } = await homeward.call(
      'GET',
      `/FHIR/R4/AuditEvent?patient=Patient/${patient}&entity:identifier=access-own`,
    );
    expect(json.entry[0].resource).toMatchObject({ action: 'E', subtype: [{ code: '$access-report' }] });
  });

  it.each([
    ['', 'access-report-patient'],
    ['patient=9990000018', 'access-report-parameter'],
    ['nhs-number=9990000019', 'access-report-parameter'],
    ['nhs-number=999000001', 'access-report-parameter'],
    ['patient=7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11&nhs-number=9990000018', 'access-report-patient'],
    ['nhs-number=9990000018&cursor=abc', 'access-report-parameter'],
    ['nhs-number=9990000018&colour=red', 'access-report-unknown-parameter'],
  ])('refuses “%s”', async (query, rule) => {
    const { status, json } = await report(query);
    expect([status, json.issue[0].details.coding[0].code]).toEqual([400, rule]);
  });

  it('is for auditors alone', async () => {
    const token = homeward.token('system/*.rs system/Bundle.crs');
    expect((await homeward.call('GET', `/access-report?patient=${patient}`, { token })).status).toBe(403);
  });
});

describe('the access report as CSV', () => {
  it('has the same columns under their names, and is saved by a browser', async () => {
    await readAs('Singh, "Ada"', `/FHIR/R4/DocumentReference/${document}`);
    const { rows } = (await report(`patient=${patient}`)).json;
    const csv = await report(`patient=${patient}`, { Accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="access-report.csv"');
    const lines = csv.bytes.toString('utf8').split('\r\n');
    expect(lines[0]).toBe(
      'when,who,client,organisation,endUserOrganisation,action,what,purpose,breakGlass,outcome,requestId',
    );
    expect(lines.at(-1)).toBe('');
    expect(lines).toHaveLength(rows.length + 3);
    expect(lines[2]).toContain(',"Singh, ""Ada""",gp-app,RRD01,,R,');
  });

  it('lets no spreadsheet run what a reader is called', async () => {
    await readAs('=HYPERLINK("http://127.0.0.1";"x")', `/FHIR/R4/Patient/${patient}`);
    const csv = await report(`patient=${patient}`, { Accept: 'text/csv' });
    expect(csv.bytes.toString('utf8')).toContain(`,"'=HYPERLINK(""http://127.0.0.1"";""x"")",`);
  });

  it('ends its page where it must and says where the next one is, without the NHS number', async () => {
    const first = await homeward.call('POST', '/access-report', {
      body: `nhs-number=${number}&limit=1`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/csv' },
    });
    const [, next = ''] = /^<([^>]+)>; rel="next"$/.exec(String(first.headers.get('link'))) ?? [];
    expect(next).toContain(`patient=${patient}`);
    expect(next).not.toContain(number);
    const second = await homeward.call('GET', next, { headers: { Accept: 'text/csv' } });
    expect([second.status, second.bytes.toString('utf8').split('\r\n')]).toEqual([
      200,
      [expect.any(String), expect.any(String), ''],
    ]);
  });
});

describe('a search that showed nothing of the patient', () => {
  const elsewhere = 'RNO02';
  let strict: Homeward;
  let id: string;
  const folder = mkdtempSync(join(tmpdir(), 'homeward-access-'));
  beforeAll(async () => {
    const file = join(folder, 'policy.json');
    writeFileSync(
      file,
      JSON.stringify({ submitting: { default: 'any' }, reading: { default: 'own-patients' } }),
    );
    strict = await startHomeward({ POLICY_FILE: file });
    const sent = await accepted(strict, freshSummary(), {});
    ({ id } = await stored(strict, sent.submissionId, 'Patient'));
  });
  afterAll(async () => {
    await strict.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const lastOf = async (): Promise<AnyJson> =>
    (
      await strict.call('GET', `/access-report?patient=${id}&limit=1`, {
        token: strict.token('system/AuditEvent.rs'),
      })
    ).json.rows[0];

  it.each([
    'Observation?patient={id}',
    'Observation/$lastn?patient={id}',
    'Patient?_id={id}',
    'Observation?patient={id}&_summary=count',
  ])('is told apart from one that showed the record: %s', async (path) => {
    const url = `/FHIR/R4/${path.replace('{id}', id)}`;
    const [target] = url.split('?');
    for (const [ods, what] of [
      [elsewhere, `GET ${target} (nothing was shown)`],
      ['RR8', `GET ${target}`],
    ] as const) {
      expect((await strict.call('GET', url, { token: strict.token('system/*.rs', ods) })).status).toBe(200);
      expect(await lastOf()).toMatchObject({ organisation: ods, what, outcome: '0' });
    }
  });

  it('is so in the table, and in the AuditEvent', async () => {
    const token = strict.token('system/AuditEvent.rs');
    await strict.call('GET', `/FHIR/R4/Encounter?patient=${id}`, {
      token: strict.token('system/*.rs', elsewhere),
      headers: { 'X-Request-ID': 'access-nothing' },
    });
    const csv = await strict.call('GET', `/access-report?patient=${id}`, {
      token,
      headers: { Accept: 'text/csv' },
    });
    expect(csv.bytes.toString('utf8').split('\r\n')[1]).toContain(
      ',E,GET /FHIR/R4/Encounter (nothing was shown),,,0,access-nothing',
    );
    const { json } = await strict.call('GET', '/FHIR/R4/AuditEvent?entity:identifier=access-nothing', {
      token,
    });
    expect(json.entry[0].resource).toMatchObject({ outcome: '0', outcomeDesc: 'nothing was shown' });
  });

  it('is so on the page for auditors', async () => {
    const [clinician, auditor] = [new Visitor(homeward), new Visitor(homeward)];
    await clinician.signIn('clinician');
    await auditor.signIn('auditor');
    const missing = freshNhsNumber();
    for (const [typed, outcome] of [
      [missing, 'Answered: nothing was shown'],
      [number, 'Answered'],
    ] as const) {
      await clinician.get('/console/patients');
      await clinician.post('/console/patients', { 'nhs-number': typed });
      const page = await auditor.get(`/console/access/${homeward.app.patients.idOf(typed)}`);
      const [, newest = ''] = page.text.split('<tbody')[1]!.split('<tr>');
      expect(newest).toContain(`<td>Searched</td><td class="app-break">The patient’s page</td>`);
      expect(newest).toContain(`<td>${outcome}</td></tr>`);
    }
  });
});

describe('a read by breaking the glass', () => {
  it('shows its reason', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'homeward-access-'));
    const file = join(folder, 'policy.json');
    const reading = { default: 'own-patients', breakGlass: true };
    writeFileSync(file, JSON.stringify({ submitting: { default: 'any' }, reading }));
    const strict = await startHomeward({ POLICY_FILE: file });
    try {
      const sent = await accepted(strict, freshSummary(), {});
      const { id } = await stored(strict, sent.submissionId, 'Patient');
      await strict.call('GET', `/FHIR/R4/Patient/${id}`, {
        token: strict.token('system/Patient.rs', 'REM01'),
        headers: { 'X-Break-Glass': 'Found collapsed at home' },
      });
      const { json } = await strict.call('GET', `/access-report?patient=${id}`, {
        token: strict.token('system/AuditEvent.rs'),
      });
      expect(json.rows[0]).toMatchObject({
        organisation: 'REM01',
        purpose: 'BTG',
        breakGlass: 'Found collapsed at home',
        outcome: '0',
      });
    } finally {
      await strict.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
