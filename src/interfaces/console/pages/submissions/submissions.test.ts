/** The auditor's pages: the list of submissions, one submission and its review, and who has seen a patient's data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Visitor } from '../../../../../test/console/visitor';
import { startHomeward, type Homeward } from '../../../../../test/support/homeward';
import { packageRoot } from '../../../../platform/package-root';

const sound = readFileSync(join(packageRoot(), 'examples', 'summary.json'), 'utf8');
const NUMBER = '9994762788';

let homeward: Homeward;
let auditor: Visitor;
let accepted: string;
let refused: string;
beforeAll(async () => {
  homeward = await startHomeward();
  const submit = async (body: string): Promise<string> =>
    (await homeward.call('POST', '/FHIR/R4/Bundle', { body })).headers.get('x-submission-id') ?? '';
  refused = await submit(sound.replace('"finished"', '"<b>gone</b>"'));
  accepted = await submit(sound);
  auditor = new Visitor(homeward);
  await auditor.signIn('auditor');
});
afterAll(() => homeward.close());

const submissionLinks = (text: string): string[] =>
  [...text.matchAll(/href="\/console\/submissions\/([0-9a-f-]{36})"/g)].map(([, id]) => id!);

describe('/console/submissions', () => {
  it('lists what was received, newest first, with filters', async () => {
    const all = await auditor.get('/console/submissions');
    expect(submissionLinks(all.text)).toEqual([accepted, refused]);
    for (const label of ['Status', 'Sender', 'From', 'To'])
      expect(all.text).toMatch(new RegExp(`<label[^>]*>\\s*${label}\\s*<`));
    expect(submissionLinks((await auditor.get('/console/submissions?status=refused')).text)).toEqual([
      refused,
    ]);
    expect(submissionLinks((await auditor.get('/console/submissions?sender=XYZ')).text)).toEqual([]);
    expect(
      submissionLinks((await auditor.get('/console/submissions?from=2020-01-01&to=2020-12-31')).text),
    ).toEqual([]);
    expect((await auditor.get('/console/submissions?from=soon')).status).toBe(400);
  });

  it('is for auditors only', async () => {
    for (const role of ['clinician', 'operator'] as const) {
      const other = new Visitor(homeward);
      await other.signIn(role);
      for (const path of ['', `/${accepted}`, `/${accepted}/raw`, `/${accepted}/proof`]) {
        const reply = await other.get(`/console/submissions${path}`);
        expect([path, reply.status]).toEqual([path, 403]);
        expect(reply.text).toContain('<h1');
      }
    }
  });
});

describe('/console/submissions/<id>', () => {
  it('shows the faults with their section, and beside their lines', async () => {
    const { status, text } = await auditor.get(`/console/submissions/${refused}`);
    expect(status).toBe(200);
    expect(text).toContain('Encounter.status');
    const line = sound.split('\n').findIndex((each) => each.includes('"finished"')) + 1;
    expect(text.split(`id="line-${line}"`)[1]?.split('id="line-')[0]).toContain('app-finding--error');
    expect(text).not.toContain('<b>gone');
  });

  it('offers the very bytes, the proof, and who has seen the patient’s data', async () => {
    const page = await auditor.get(`/console/submissions/${accepted}`);
    expect(page.text).toContain('Download as received');
    const raw = await auditor.get(`/console/submissions/${accepted}/raw`);
    expect(raw.bytes.toString()).toBe(sound);
    expect(raw.headers.get('content-disposition')).toContain('attachment');
    const proof = await auditor.get(`/console/submissions/${accepted}/proof`);
    expect(JSON.parse(proof.text)).toHaveProperty('status');
    const [, patient] = /href="\/console\/access\/([0-9a-f-]{36})"/.exec(page.text) ?? [];
    const access = await auditor.get(`/console/access/${patient}`);
    expect(access.text).toContain('999 476 2788');
    expect(access.text).toContain('Sandbox auditor');
    expect(access.text).not.toMatch(/<title>[^<]*999/);
    const csv = await auditor.get(`/console/access/${patient}/csv`);
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(csv.text.split('\r\n')[0]).toContain('who');
  });

  it('says in words how it was read', async () => {
    await auditor.get(`/console/submissions/${accepted}`);
    await auditor.get(`/console/submissions/${accepted}/raw`);
    const { text } = await auditor.get(`/console/submissions/${accepted}`);
    const readings = text.slice(text.indexOf('Who has read it, newest first'));
    expect(readings).toContain('<td>The bytes as received</td>');
    expect(readings).toContain('<td>The submission</td>');
  });

  it('is 404 for an unknown id', async () => {
    expect((await auditor.get('/console/submissions/none')).status).toBe(404);
    expect((await auditor.get('/console/access/none')).status).toBe(404);
  });
});

describe('the review', () => {
  const queue = async (): Promise<string[]> =>
    submissionLinks((await auditor.get('/console/submissions?review=open')).text);

  it('is saved, closed and opened again', async () => {
    expect(await queue()).toContain(refused);
    await auditor.get(`/console/submissions/${refused}`);
    const empty = await auditor.post(`/console/submissions/${refused}`, { note: ' ', action: 'save' });
    expect([empty.status, empty.text.includes('Write a note')]).toEqual([400, true]);
    const saved = await auditor.post(`/console/submissions/${refused}`, {
      note: 'Asked the <i>supplier</i>',
      action: 'save',
    });
    expect([saved.status, saved.location]).toEqual([303, `/console/submissions/${refused}#review`]);
    expect(await queue()).toContain(refused);
    await auditor.get(`/console/submissions/${refused}`);
    await auditor.post(`/console/submissions/${refused}`, { note: 'Put right', action: 'close' });
    expect(await queue()).not.toContain(refused);
    const page = await auditor.get(`/console/submissions/${refused}`);
    expect(page.text).toContain('Asked the &lt;i&gt;supplier&lt;/i&gt;');
    expect(page.text).toContain('Sandbox auditor');
    await auditor.post(`/console/submissions/${refused}`, { note: 'Came again', action: 'open' });
    expect(await queue()).toContain(refused);
  });
});

describe('/console/access', () => {
  it('finds the patient by a posted NHS number, which is in no address', async () => {
    await auditor.get('/console/access');
    const found = await auditor.post('/console/access', { 'nhs-number': '999 476-2788' });
    expect(found.status).toBe(303);
    expect(found.location).not.toContain(NUMBER);
    await auditor.get('/console/access');
    const wrong = await auditor.post('/console/access', { 'nhs-number': '123' });
    expect(wrong.text).toContain('not an NHS number');
  });
});
