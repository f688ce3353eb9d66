/** The pages of operators: senders, roads, ledger. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Visitor } from '../../../../../test/console/visitor';
import { startHomeward, type Homeward } from '../../../../../test/support/homeward';
import { packageRoot } from '../../../../platform/package-root';
import { lastSeal, lastVerified } from '../../../../engines/ledger/seal-state';

const sound = readFileSync(join(packageRoot(), 'examples', 'summary.json'), 'utf8');

let homeward: Homeward;
let operator: Visitor;
let auditor: Visitor;
let refused: string;
beforeAll(async () => {
  homeward = await startHomeward();
  const body = sound.replace('"finished"', '"=gone"');
  const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { body });
  refused = reply.headers.get('x-submission-id') ?? '';
  await homeward.call('POST', '/FHIR/R4/Bundle', { body: sound });
  operator = new Visitor(homeward);
  await operator.signIn('operator');
  auditor = new Visitor(homeward);
  await auditor.signIn('auditor');
});
afterAll(() => homeward.close());

describe('/console/senders', () => {
  it('counts what each sender sent', async () => {
    const { status, text } = await operator.get('/console/senders');
    expect(status).toBe(200);
    expect(text).toMatch(/href="\/console\/senders\/RR8"/);
    expect(text).toContain('50 %');
    const csv = await operator.get('/console/senders.csv');
    expect(csv.headers.get('content-disposition')).toContain('attachment');
    expect(csv.text).toMatch(/^sender,accepted,refused,last received\r\nRR8,1,1,/);
  });

  it('says what one gets wrong, and names no patient', async () => {
    const { text } = await operator.get('/console/senders/rr8');
    expect(text).toContain('Encounter.status');
    expect(text).toContain(refused);
    expect(text).not.toContain(`/console/submissions/${refused}`);
    expect(text).not.toContain('9994762788');
    expect((await auditor.get('/console/senders/RR8')).text).toContain(`/console/submissions/${refused}`);
    const csv = await operator.get('/console/senders/RR8/csv');
    expect(csv.text).toMatch(/^rule,severity,section,submissions,sentence,examples\r\n/);
    const pdf = await operator.get('/console/senders/RR8/pdf');
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    expect(pdf.bytes.subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('is empty for a time in which nothing came', async () => {
    const { text } = await operator.get('/console/senders?from=2020-01-01&to=2020-01-31');
    expect(text).toContain('Nothing was received in this time');
    expect((await operator.get('/console/senders?to=soon')).status).toBe(400);
  });

  it('is not for clinicians', async () => {
    const clinician = new Visitor(homeward);
    await clinician.signIn('clinician');
    for (const path of ['senders', 'senders/RR8', 'senders/RR8/pdf', 'roads', 'ledger'])
      expect([path, (await clinician.get(`/console/${path}`)).status]).toEqual([path, 403]);
  });
});

describe('/console/roads', () => {
  it('names each road, and says which is off', async () => {
    const { status, text } = await operator.get('/console/roads');
    expect(status).toBe(200);
    for (const title of ['MESH', 'Folder', 'HL7 v2', 'Passing on']) expect(text).toContain(`>${title}<`);
    expect(text).toContain('not configured');
    expect((await auditor.get('/console/roads')).status).toBe(403);
  });

  it('answers 404 to another attempt of an unknown delivery', async () => {
    await operator.get('/console/roads');
    const id = '01a22444-f506-7cee-b499-8ab7280de51e';
    expect((await operator.post(`/console/roads/deliveries/${id}`, {})).status).toBe(404);
  });
});

describe('/console/ledger', () => {
  it('shows the state without verifying', async () => {
    const { database } = homeward.app;
    expect(await lastSeal(database).then(() => true)).toBe(true);
    expect(await lastVerified(database).then(() => true)).toBe(true);
    const { status, text } = await auditor.get('/console/ledger');
    expect(status).toBe(200);
    for (const word of ['Sealed through', 'Last verified', 'Key fingerprint', 'Anchors', 'Verify now'])
      expect(text).toContain(word);
    expect(text).not.toContain('The ledger is whole');
  });

  it('verifies, and says what came of it and when', async () => {
    await operator.get('/console/ledger');
    const { status, text } = await operator.post('/console/ledger', {});
    expect(status).toBe(200);
    expect(text).toContain('The ledger is whole');
    expect(text).toContain('by Sandbox operator');
    expect((await auditor.get('/console/ledger')).text).toContain('by Sandbox operator');
  });
});
