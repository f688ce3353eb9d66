/** Which practices are told of a summary whose patient changes from one to another, or is said to have none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyResource } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { documentsOf, entriesOf, pdf, summary, withDocument } from './documents';
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

describe('a practice that the patient has left, when a correction takes back a document and brings another', () => {
  /** `ONE entered-in-error`, of the documents that the practice got last. */
  const documentsAt = ({ arrivals }: Receiver): string[] =>
    documentsOf(JSON.parse(arrivals.at(-1)!.body.toString())).map(
      ({ masterIdentifier, status }) => `${(masterIdentifier as { value: string }).value} ${String(status)}`,
    );
  const wrong = { status: 'entered-in-error', docStatus: 'entered-in-error' };
  const asWrong = (of: SummaryBuilder): SummaryBuilder =>
    of.changed((bundle) => void Object.assign(documentsOf(bundle)[0]!, wrong));
  const moved = (of: SummaryBuilder, version: number): SummaryBuilder =>
    ofPractice(of.correction(version), 'B23456')
      .with('Patient.address', [{ line: ['1 New Road'], postalCode: 'LS99 9ZZ' }])
      .with('Encounter.reasonCode', [{ text: 'said later' }]);

  it.each([
    ['it is entered in error', (first: SummaryBuilder) => asWrong(moved(first, 2)), ['X1']],
    ['it is dropped', (first: SummaryBuilder) => moved(first, 2).without('DocumentReference'), ['X2']],
  ])('learns that, and nothing else, where %s', async (_how, change, [one]) => {
    const first = summary(one!, 'WRONG');
    await submit(ofPractice(first, 'A12345'));
    await settled();
    const second = change(first).changed((bundle) => {
      const copy = structuredClone(entriesOf(first.build(), 'DocumentReference')[0]!);
      const resource = copy.resource as AnyResource;
      delete resource.id;
      copy.fullUrl = 'urn:uuid:00000000-0000-4000-8000-00000000d0c2';
      resource.masterIdentifier = { system: 'https://rr8.nhs.uk/Id/document', value: `${one}-NEW` };
      (bundle.entry as unknown[]).push(copy);
    });
    await submit(second);
    await settled();
    expect(heard(practicePdfs)).toEqual([`T02 ${one}  AV WRONG`, `T11 ${one} ${one} CA`]);
    expect(documentsAt(practice)).toEqual([`${one} entered-in-error`]);
    expect(versionsAt(practice)).toEqual(['1', '2']);
    for (const told of [
      practice.arrivals.at(-1)!.body.toString(),
      JSON.stringify(practicePdfs.messages.at(-1)),
    ])
      expect(told).not.toMatch(/-NEW|New Road|LS99 9ZZ|B23456|said later/);
    expect(nextPractice.arrivals[0]!.body.toString()).toContain(`${one}-NEW`);
  });

  it('learns of each that it has, of none that it never had, and once', async () => {
    const [one, two, three] = ['Y1', 'Y2', 'Y3'];
    const first = summary(one, 'ONE');
    await submit(ofPractice(withDocument(first, two, 'TWO'), 'A12345'));
    const third = withDocument(first, three, 'THREE').changed((bundle) => {
      entriesOf(bundle, 'DocumentReference')[1]!.fullUrl = 'urn:uuid:00000000-0000-4000-8000-00000000d0c3';
    });
    await submit(moved(third, 2));
    await settled();
    expect(heard(practicePdfs)).toEqual([`T02 ${one}  AV ONE`, `T02 ${two}  AV TWO`, `T11 ${two} ${two} CA`]);
    expect(documentsAt(practice)).toEqual([`${one} current`, `${two} entered-in-error`]);
    // The practice never had the third.
    await submit(moved(first, 3));
    await settled();
    expect([practicePdfs.messages.length, versionsAt(practice)]).toEqual([3, ['1', '2']]);
    await submit(asWrong(moved(first, 4)));
    await settled();
    expect(heard(practicePdfs).slice(3)).toEqual([`T11 ${one} ${one} CA`]);
    expect(documentsAt(practice)).toEqual([`${one} entered-in-error`, `${two} entered-in-error`]);
  });

  it('learns that one is superseded', async () => {
    const [one, two] = ['Z1', 'Z2'];
    const first = summary(one, 'ONE');
    await submit(ofPractice(first, 'A12345'));
    const superseded = moved(first, 2).with('DocumentReference.status', 'superseded');
    const reference = entriesOf(superseded.build(), 'DocumentReference')[0]!.fullUrl!;
    const relatesTo = [{ code: 'replaces', target: { reference } }];
    await submit(withDocument(superseded, two, 'TWO', { relatesTo }));
    await settled();
    expect(heard(practicePdfs)).toEqual([`T02 ${one}  AV ONE`, `T10 ${one} ${one} OB ONE`]);
    expect(documentsAt(practice)).toEqual([`${one} superseded`]);
  });
});
