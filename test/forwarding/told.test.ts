/**
 * What an HL7 v2 engine is told of a summary and of what happens to it later: which document is new, which replaces what
 * the engine has, and which is retracted. A FHIR server gets the same submissions as they were received.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyResource, Json } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { documentsOf, entriesOf, number, pdf, summary, withDocument } from './documents';
import { heard, saidIn, startEngine, type Engine } from './engine';
import { startReceiver, until, type Receiver } from './receiver';

const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const folder = mkdtempSync(join(tmpdir(), 'homeward-told-'));
const file = join(folder, 'forward.json');

let homeward: Homeward;
let pdfs: Engine;
let bundles: Engine;
let server: Receiver;
let practice: Receiver;

const rules = (): object[] => [
  { name: 'pdfs', to: { hl7v2: { host: '127.0.0.1', port: pdfs.port } }, as: 'mdm' },
  { name: 'bundles', to: { hl7v2: { host: '127.0.0.1', port: bundles.port } } },
  { name: 'server', to: { fhir: { url: server.url } } },
  { name: 'practice', when: { practices: ['A12345'] }, to: { fhir: { url: practice.url } } },
];

beforeAll(async () => {
  [pdfs, bundles] = [await startEngine(), await startEngine()];
  [server, practice] = [await startReceiver(), await startReceiver()];
  writeFileSync(file, JSON.stringify(rules()));
  homeward = await startHomeward({ FORWARD_FILE: file });
});
afterAll(async () => {
  await homeward.close();
  await Promise.all([pdfs, bundles, server, practice].map((each) => each.close()));
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  for (const each of [pdfs, bundles]) {
    each.answers('AA');
    each.messages.length = 0;
  }
  for (const each of [server, practice]) each.arrivals.length = 0;
});
afterEach(() => settled());

const ofPractice = (value: string): Json => [{ identifier: { system: ODS, value } }];

async function submit(of: SummaryBuilder | AnyResource, path = '/FHIR/R4/Bundle'): Promise<string> {
  const body = 'bytes' in of ? (of as SummaryBuilder).bytes() : Buffer.from(JSON.stringify(of));
  const sent = await homeward.call('POST', path, { body });
  if (sent.status > 201) throw new Error(JSON.stringify(sent.json));
  return sent.headers.get('x-submission-id')!;
}

/** The document of a summary as it is stored, with its bytes. */
async function storedDocument(of: SummaryBuilder, text: string): Promise<AnyResource> {
  const { stored } = (await homeward.call('GET', `/submissions/${await submit(of)}`)).json;
  const { id } = stored.find(({ type }: { type: string }) => type === 'DocumentReference');
  const resource = (await homeward.call('GET', `/FHIR/R4/DocumentReference/${id}`)).json;
  const [{ attachment }] = resource.content;
  delete attachment.url;
  attachment.data = pdf(text).toString('base64');
  return resource;
}

async function retractInBatch(resource: AnyResource): Promise<void> {
  const request = { method: 'PUT', url: `DocumentReference/${String(resource.id)}` };
  const entry = [{ resource: { ...resource, status: 'entered-in-error' }, request }];
  await submit({ resourceType: 'Bundle', type: 'batch', entry } as AnyResource, '/FHIR/R4');
}

const settled = (): Promise<void> =>
  until(async () => (await homeward.call('GET', '/deliveries?state=waiting')).json.deliveries.length === 0);

interface Entry {
  id: string;
  state: string;
  lastError: string | null;
}

async function deliveryOf(name: string, submission: string): Promise<Entry> {
  const { deliveries } = (await homeward.call('GET', `/deliveries?name=${name}&limit=100`)).json;
  return deliveries.find((each: { submission: string }) => each.submission === submission);
}

it('a correction with another document number retracts the first, which nothing has any more', async () => {
  const first = summary('A1', 'ONE');
  await submit(first);
  const second = first
    .correction(2)
    .with('DocumentReference.masterIdentifier', number('A2'))
    .pdf(pdf('TWO'))
    .changed((bundle) => {
      entriesOf(bundle, 'DocumentReference')[0]!.fullUrl = 'urn:uuid:00000000-0000-4000-8000-00000000a002';
    });
  await submit(second);
  await settled();
  expect(heard(pdfs)).toEqual(['T02 A1  AV ONE', 'T11 A1 A1 CA', 'T02 A2  AV TWO']);
  expect(bundles.messages.map(saidIn)).toEqual(['T02 A1  AV', 'T10 A2 A1 AV']);
});

it('a correction that gives the same document another number names the one that the engine has', async () => {
  const first = summary('B1', 'ONE');
  await submit(first);
  await submit(first.correction(2).with('DocumentReference.masterIdentifier', number('B2')).pdf(pdf('TWO')));
  await submit(
    first.correction(3).with('DocumentReference.masterIdentifier', number('B2')).pdf(pdf('THREE')),
  );
  await settled();
  expect(heard(pdfs)).toEqual(['T02 B1  AV ONE', 'T10 B2 B1 AV TWO', 'T10 B2 B2 AV THREE']);
});

it('a correction that retracts one document and brings the right one passes both on', async () => {
  const first = summary('C1', 'WRONG');
  await submit(first);
  const retracted = first.correction(2).with('DocumentReference.status', 'entered-in-error');
  await submit(withDocument(retracted, 'C2', 'RIGHT'));
  await settled();
  expect(heard(pdfs)).toEqual(['T02 C1  AV WRONG', 'T11 C1 C1 CA', 'T02 C2  AV RIGHT']);
});

it('a document that is retracted by the status of what is in it is retracted', async () => {
  const first = summary('D1', 'WRONG');
  await submit(first);
  await submit(first.correction(2).with('DocumentReference.docStatus', 'entered-in-error'));
  await settled();
  expect(heard(pdfs)).toEqual(['T02 D1  AV WRONG', 'T11 D1 D1 CA']);
  expect(bundles.messages.map(saidIn)).toEqual(['T02 D1  AV', 'T10 D1 D1 UN']);
  const completion = bundles.messages.map((message) => message.find(([name]) => name === 'TXA')![17]);
  expect(completion).toEqual(['AU', 'IN']);
});

it('what was repaired is sent repaired', async () => {
  const odd = summary('P1', 'ONE')
    .with('Patient.identifier[0].value', '999 000 0018')
    .without('DocumentReference.content[0].attachment.contentType');
  await submit(odd);
  await settled();
  expect(heard(pdfs)).toEqual(['T02 P1  AV ONE']);
  expect(pdfs.messages[0]!.find(([name]) => name === 'PID')![3]).toMatch(/^9990000018\^\^\^NHS\^NH/);
});

it('a document that supersedes another one of its summary replaces it', async () => {
  const first = summary('E1', 'OLD');
  await submit(first);
  const superseded = first.correction(2).with('DocumentReference.status', 'superseded');
  const reference = entriesOf(superseded.build(), 'DocumentReference')[0]!.fullUrl!;
  const relatesTo = [{ code: 'replaces', target: { reference } }];
  await submit(withDocument(superseded, 'E2', 'NEW', { relatesTo }));
  await settled();
  expect(heard(pdfs)).toEqual(['T02 E1  AV OLD', 'T10 E2 E1 AV NEW']);
});

it('a document that replaces one of another summary names it', async () => {
  const first = summary('Q1', 'OLD');
  const { id } = await storedDocument(first, 'OLD');
  const relatesTo = [{ code: 'replaces', target: { reference: `DocumentReference/${String(id)}` } }];
  await submit(summary('Q2', 'NEW').with('DocumentReference.relatesTo', relatesTo));
  await settled();
  expect(heard(pdfs)).toEqual(['T02 Q1  AV OLD', 'T10 Q2 Q1 AV NEW']);
});

it('each of several PDFs is a message, and one that is dropped is retracted', async () => {
  const first = summary('F1', 'ONE');
  await submit(withDocument(first, 'F2', 'TWO'));
  await submit(first.correction(2).pdf(pdf('ONE AGAIN')));
  await settled();
  expect(heard(pdfs)).toEqual(['T02 F1  AV ONE', 'T02 F2  AV TWO', 'T11 F2 F2 CA', 'T10 F1 F1 AV ONE AGAIN']);
});

it('what comes late is not passed on as the newest, and the delivery says so', async () => {
  const first = summary('G1', 'NEWER').with('Bundle.meta.lastUpdated', '2025-03-12T10:00:00+00:00');
  await submit(first);
  const late = await submit(
    summary('G1', 'OLDER').with('Bundle.meta.lastUpdated', '2025-03-11T10:00:00+00:00'),
  );
  await settled();
  expect(heard(pdfs)).toEqual(['T02 G1  AV NEWER']);
  expect(bundles.messages.map(saidIn)).toEqual(['T02 G1  AV']);
  for (const name of ['pdfs', 'bundles'])
    expect(await deliveryOf(name, late)).toMatchObject({
      state: 'refused',
      lastError: 'a document that is older than the one stored before it was not sent',
    });
  expect(await deliveryOf('server', late)).toMatchObject({ state: 'delivered' });
});

it('a withdrawal by a transaction of the summary is passed on to everybody who has it', async () => {
  const system = 'https://rr8.nhs.uk/Id/summary';
  const value = 'of the withdrawal';
  const first = summary('H1', 'WRONG')
    .with('Bundle.identifier', { system, value })
    .with('Patient.generalPractitioner', ofPractice('A12345'));
  await submit(first);
  const search = await homeward.call('GET', `/FHIR/R4/Patient?identifier=${NHS}|9990000018`);
  const { resource } = search.json.entry[0];
  delete resource.generalPractitioner;
  const withdrawal = await submit(
    {
      resourceType: 'Bundle',
      type: 'transaction',
      identifier: { system, value },
      meta: { versionId: '2', lastUpdated: '2025-03-12T10:00:00+00:00' },
      entry: [{ resource, request: { method: 'PUT', url: `Patient/${resource.id}` } }],
    } as AnyResource,
    '/FHIR/R4',
  );
  await settled();
  expect(heard(pdfs)).toEqual(['T02 H1  AV WRONG', 'T11 H1 H1 CA']);
  expect(bundles.messages.map(saidIn)).toEqual(['T02 H1  AV', 'T11 H1 H1 CA']);
  expect(pdfs.messages[1]!.find(([name]) => name === 'PID')![3]).toMatch(/^9990000018\^\^\^NHS\^NH/);
  for (const name of ['server', 'practice'])
    expect(await deliveryOf(name, withdrawal)).toMatchObject({ state: 'delivered' });
});

it('a retraction by an entry of a batch is passed on, too', async () => {
  await retractInBatch(await storedDocument(summary('I1', 'WRONG'), 'WRONG'));
  await settled();
  expect(heard(pdfs)).toEqual(['T02 I1  AV WRONG', 'T11 I1 I1 CA']);
});

it('a retraction by an entry reaches the practice that the patient has left', async () => {
  const first = summary('R1', 'WRONG').with('Patient.generalPractitioner', ofPractice('A12345'));
  await submit(first);
  const moved = first.correction(2).with('Patient.generalPractitioner', ofPractice('B12345'));
  const resource = await storedDocument(moved.pdf(pdf('TWO')), 'TWO');
  await settled();
  expect(practice.arrivals).toHaveLength(1);
  await retractInBatch(resource);
  await settled();
  expect(practice.arrivals).toHaveLength(2);
});

it('a retraction that names no practice reaches the practice that has the document', async () => {
  const first = summary('J1', 'WRONG').with('Patient.generalPractitioner', ofPractice('A12345'));
  await submit(first);
  const retraction = first.correction(2).with('DocumentReference.status', 'entered-in-error');
  await submit(retraction.without('Patient.generalPractitioner'));
  await settled();
  expect(practice.arrivals).toHaveLength(2);
});

it('a document that was refused first is new when it is accepted, and an older one does not undo it', async () => {
  const first = summary('K1', 'ONE');
  pdfs.answers('AE');
  const refused = await submit(first);
  await until(async () => (await deliveryOf('pdfs', refused))?.state === 'refused');
  pdfs.answers('AA');
  await submit(first.correction(2).pdf(pdf('TWO')));
  await settled();
  expect(heard(pdfs)).toEqual(['T02 K1  AV ONE', 'T02 K1  AV TWO']);
  const { id } = await deliveryOf('pdfs', refused);
  await homeward.call('POST', `/deliveries/${id}/retry`);
  await settled();
  expect(pdfs.messages).toHaveLength(2);
  expect(await deliveryOf('pdfs', refused)).toMatchObject({
    state: 'refused',
    lastError: 'a document was not sent because a later version of it was passed on before',
  });
});

it('one message that is refused does not stop those behind it', async () => {
  const first = summary('L1', 'ONE');
  pdfs.answers((_socket, segments) => (saidIn(segments).startsWith('T02 L1') ? 'AE' : 'AA'));
  const id = await submit(withDocument(first, 'L2', 'TWO'));
  await settled();
  expect(await deliveryOf('pdfs', id)).toMatchObject({
    state: 'refused',
    lastError: 'the destination answered AE (vw-enc-06)',
  });
  pdfs.answers('AA');
  await submit(first.correction(2));
  await settled();
  expect(heard(pdfs)).toEqual(['T02 L1  AV ONE', 'T02 L2  AV TWO', 'T11 L2 L2 CA', 'T02 L1  AV ONE']);
});

it('another attempt sends only the messages that were not accepted', async () => {
  pdfs.answers((socket) => (pdfs.messages.length === 2 ? void socket.destroy() : 'AA'));
  const first = summary('S1', 'ONE');
  const id = await submit(withDocument(first, 'S2', 'TWO'));
  await settled();
  expect(heard(pdfs)).toEqual(['T02 S1  AV ONE', 'T02 S2  AV TWO', 'T02 S2  AV TWO']);
  expect(pdfs.messages[2]).toEqual(pdfs.messages[1]);
  expect(await deliveryOf('pdfs', id)).toMatchObject({ state: 'delivered' });
  pdfs.answers((_socket, segments) => (saidIn(segments).startsWith('T10 S2') ? 'AE' : 'AA'));
  const refused = await submit(withDocument(first, 'S2', 'TWO B').correction(2).pdf(pdf('ONE B')));
  await settled();
  pdfs.answers('AA');
  await homeward.call('POST', `/deliveries/${(await deliveryOf('pdfs', refused)).id}/retry`);
  await settled();
  expect(heard(pdfs).slice(3)).toEqual(['T10 S1 S1 AV ONE B', 'T10 S2 S2 AV TWO B', 'T10 S2 S2 AV TWO B']);
  expect(await deliveryOf('pdfs', refused)).toMatchObject({ state: 'delivered', lastError: null });
});

it('a document of another patient with the same number has a number of its own', async () => {
  await submit(summary('O1', 'ONE'));
  const other = summary('O1', 'OTHER').nhsNumber('9990000026');
  await submit(other);
  await submit(other.correction(2).pdf(pdf('OTHER AGAIN')));
  await settled();
  const [first, second, third] = heard(pdfs);
  expect(first).toBe('T02 O1  AV ONE');
  const own = /^T02 ([0-9a-f-]{36}) {2}AV OTHER$/.exec(second!)![1];
  expect(third).toBe(`T10 ${own} ${own} AV OTHER AGAIN`);
});

it('the stay is the one that the document names', async () => {
  const two = summary('M1', 'ONE').changed((bundle) => {
    const copy = structuredClone(entriesOf(bundle, 'Encounter')[0]!);
    copy.fullUrl = 'urn:uuid:00000000-0000-4000-8000-00000000ee02';
    const stay = copy.resource as AnyResource;
    delete stay.id;
    stay.identifier = [
      { use: 'old', system: 'https://rr8.nhs.uk/Id/stay', value: 'EARLIER' },
      { system: 'https://rr8.nhs.uk/Id/stay', value: 'SECOND' },
    ];
    documentsOf(bundle)[0]!.context = { encounter: [{ reference: copy.fullUrl }] };
    bundle.entry = [...(bundle.entry as Json[]), copy];
  });
  await submit(two);
  await settled();
  for (const { messages } of [pdfs, bundles])
    expect(messages[0]!.find(([name]) => name === 'PV1')![19]).toMatch(/^SECOND\^/);
});

it('a destination that is added later is told of a correction as of a new document', async () => {
  const later = await startEngine();
  const first = summary('N1', 'ONE');
  await submit(first);
  writeFileSync(
    file,
    JSON.stringify([
      ...rules(),
      { name: 'later', to: { hl7v2: { host: '127.0.0.1', port: later.port } }, as: 'mdm' },
    ]),
  );
  await until(async () => {
    const { checks } = (await homeward.call('GET', '/_status')).json;
    return checks['deliveries:later'] !== undefined;
  });
  await submit(first.correction(2).pdf(pdf('TWO')));
  later.answers('AE');
  const retraction = await submit(first.correction(3).with('DocumentReference.status', 'entered-in-error'));
  await settled();
  expect(heard(later).slice(0, 1)).toEqual(['T02 N1  AV TWO']);
  expect(await deliveryOf('later', retraction)).toMatchObject({ state: 'refused' });
  await later.close();
});
