/** Which practices are told of a summary whose patient changes from one to another, or is said to have none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyResource } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { pdf, summary, withDocument } from './documents';
import { heard, startEngine, type Engine } from './engine';
import { startReceiver, until, type Receiver } from './receiver';

const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const folder = mkdtempSync(join(tmpdir(), 'homeward-practices-'));
const file = join(folder, 'forward.json');

let homeward: Homeward;
let practice: Receiver;
let practicePdfs: Engine;
let nextPractice: Receiver;

beforeAll(async () => {
  [practice, nextPractice, practicePdfs] = [
    await startReceiver(),
    await startReceiver(),
    await startEngine(),
  ];
  const engine = { hl7v2: { host: '127.0.0.1', port: practicePdfs.port } };
  const rules = [
    { name: 'practice', when: { practices: ['A12345'] }, to: { fhir: { url: practice.url } } },
    { name: 'practice-pdfs', when: { practices: ['A12345'] }, to: engine, as: 'mdm' },
    { name: 'next-practice', when: { practices: ['B23456'] }, to: { fhir: { url: nextPractice.url } } },
  ];
  writeFileSync(file, JSON.stringify(rules));
  homeward = await startHomeward({ FORWARD_FILE: file });
});
afterAll(async () => {
  await homeward.close();
  await Promise.all([practice, nextPractice, practicePdfs].map((each) => each.close()));
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  practicePdfs.messages.length = 0;
  for (const each of [practice, nextPractice]) each.arrivals.length = 0;
});

async function submit(of: SummaryBuilder | AnyResource, path = '/FHIR/R4/Bundle'): Promise<string> {
  const body = 'bytes' in of ? (of as SummaryBuilder).bytes() : Buffer.from(JSON.stringify(of));
  const sent = await homeward.call('POST', path, { body });
  if (sent.status > 201) throw new Error(JSON.stringify(sent.json));
  return sent.headers.get('x-submission-id')!;
}

const settled = (): Promise<void> =>
  until(async () => (await homeward.call('GET', '/deliveries?state=waiting')).json.deliveries.length === 0);

/** The summary of a patient of this practice; of one who is said to have none where it is undefined. */
const ofPractice = (of: SummaryBuilder, value: string | undefined): SummaryBuilder =>
  value === undefined
    ? of.without('Patient.generalPractitioner')
    : of.with('Patient.generalPractitioner', [{ identifier: { system: ODS, value } }]);
const versionsAt = ({ arrivals }: Receiver): string[] =>
  arrivals.map(({ body }) => JSON.parse(body.toString()).meta.versionId);

it('a practice that the patient has left gets nothing of a correction that names none', async () => {
  const first = summary('T1', 'ONE');
  for (const [index, value] of ['A12345', 'B23456', undefined, 'C34567', undefined].entries()) {
    await submit(ofPractice(first.correction(index + 1), value).pdf(pdf(`VERSION ${index + 1}`)));
    await settled();
  }
  expect(versionsAt(practice)).toEqual(['1']);
  expect(versionsAt(nextPractice)).toEqual(['2', '3']);
  expect(heard(practicePdfs)).toEqual(['T02 T1  AV VERSION 1']);
});

it('a change of a stay reaches the practice of the newest summary alone', async () => {
  const first = summary('U1', 'ONE');
  const id = await submit(ofPractice(first, 'A12345'));
  await submit(ofPractice(first.correction(2), 'B23456'));
  await settled();
  const { stored } = (await homeward.call('GET', `/submissions/${id}`)).json;
  const { id: stay } = stored.find(({ type }: { type: string }) => type === 'Encounter');
  const resource = (await homeward.call('GET', `/FHIR/R4/Encounter/${stay}`)).json;
  resource.period.end = resource.period.end.replace(/T\d\d/, 'T23');
  const entry = [{ resource, request: { method: 'PUT', url: `Encounter/${stay}` } }];
  await submit({ resourceType: 'Bundle', type: 'batch', entry } as AnyResource, '/FHIR/R4');
  await settled();
  expect([practice, nextPractice].map(({ arrivals }) => arrivals.length)).toEqual([1, 2]);
});

it.each([
  ['retracted', { status: 'entered-in-error' }],
  ['wrong inside', { docStatus: 'entered-in-error' }],
  ['withdrawn', undefined],
])('a practice that the patient leaves learns that a document beside others is %s', async (how, wrong) => {
  const [one, two] = [`V1-${how}`, `V2-${how}`];
  const first = summary(one, 'ONE');
  await submit(ofPractice(withDocument(first, two, 'WRONG'), 'A12345'));
  await settled();
  const again = first.correction(2).pdf(pdf('ONE AGAIN'));
  await submit(ofPractice(wrong ? withDocument(again, two, 'WRONG', wrong) : again, 'B23456'));
  await settled();
  expect(heard(practicePdfs)).toEqual([`T02 ${one}  AV ONE`, `T02 ${two}  AV WRONG`, `T11 ${two} ${two} CA`]);
  expect(versionsAt(practice)).toHaveLength(2);
  await submit(ofPractice(first.correction(3).pdf(pdf('ONE ONCE MORE')), undefined));
  await settled();
  expect(practicePdfs.messages).toHaveLength(3);
  expect(versionsAt(practice)).toHaveLength(2);
  expect(nextPractice.arrivals).toHaveLength(2);
});
