/** Passing on to HL7 v2 listeners: what arrives, what the answers mean, and TLS. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../fixtures/certificates';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';
import { startReceiver as startListener, type Receiver as Listener } from '../hl7v2/receiving';
import { startHomeward, type Homeward } from '../support/homeward';
import { startEngine, type Engine } from './engine';
import { until } from './receiver';

const folder = mkdtempSync(join(tmpdir(), 'homeward-mllp-'));

let homeward: Homeward;
let engine: Engine;
let secure: Engine;
let listener: Listener;
let stays = 0;

const another = (): SummaryBuilder => aSummary().stay((stays += 1));
const submit = async (summary: SummaryBuilder): Promise<string> => {
  const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: summary.bytes() });
  expect(sent.status).toBe(201);
  return sent.headers.get('x-submission-id')!;
};
const settled = (): Promise<void> =>
  until(async () => (await homeward.call('GET', '/deliveries?state=waiting')).json.deliveries.length === 0);
const newest = async (name: string): Promise<{ state: string; lastError: string | null; attempts: number }> =>
  (await homeward.call('GET', `/deliveries?name=${name}&limit=1`)).json.deliveries[0];

beforeAll(async () => {
  const authority = certificate('authority');
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  engine = await startEngine();
  secure = await startEngine(certificate('127.0.0.1', authority));
  listener = await startListener({ senders: { 'HOMEWARD|RR8': 'RR8', 'HOMEWARD|RYY': 'RYY' } });
  const host = '127.0.0.1';
  const file = join(folder, 'forward.json');
  writeFileSync(
    file,
    JSON.stringify([
      { name: 'engine', to: { hl7v2: { host, port: engine.port } } },
      { name: 'secure', to: { hl7v2: { host, port: secure.port, caFile: 'ca.pem' } }, as: 'mdm' },
      { name: 'second', to: { hl7v2: { host, port: listener.port } }, as: 'mdm' },
    ]),
  );
  homeward = await startHomeward({ FORWARD_FILE: file });
});
afterAll(async () => {
  await homeward.close();
  await listener.close();
  await engine.close();
  await secure.close();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  engine.answers('AA');
  await settled();
});

const typesOf = (messages: string[][][]): string[] => messages.map(([msh]) => msh![8]!.slice(0, 7));

it('the Bundle arrives in OBX-5, and the PDF where mdm is asked for', async () => {
  const summary = another();
  await submit(summary);
  await settled();
  const dataOf = (segments: string[][]): string =>
    segments
      .find(([name]) => name === 'OBX')![5]!
      .split('^')
      .at(-1)!;
  expect(Buffer.from(dataOf(engine.messages.at(-1)!), 'base64').equals(summary.bytes())).toBe(true);
  expect(
    Buffer.from(dataOf(secure.messages.at(-1)!), 'base64')
      .subarray(0, 5)
      .toString(),
  ).toBe('%PDF-');
  expect(typesOf([engine.messages.at(-1)!, secure.messages.at(-1)!])).toEqual(['MDM^T02', 'MDM^T02']);
});

it('the practice by whose code the rules decide is in PD1, also behind a role', async () => {
  const system = 'https://fhir.nhs.uk/Id/ods-organization-code';
  const organization = { identifier: { system, value: 'c82001' }, display: 'The Surgery' };
  await submit(
    another()
      .with('Patient.contained', [{ resourceType: 'PractitionerRole', id: 'gp', organization }])
      .with('Patient.generalPractitioner', [{ reference: '#gp' }]),
  );
  await settled();
  for (const { messages } of [engine, secure])
    expect(messages.at(-1)!.find(([name]) => name === 'PD1')![3]).toBe('The Surgery^^^^^^^^^C82001');
});

it('a second Homeward makes a summary of it, corrects it, and retracts it', async () => {
  const summary = another();
  await submit(summary);
  await submit(summary.correction(2).with('DocumentReference.content[0].attachment.title', 'corrected.pdf'));
  await submit(summary.correction(3).with('DocumentReference.status', 'entered-in-error'));
  await settled();
  expect(typesOf(secure.messages.slice(-3))).toEqual(['MDM^T02', 'MDM^T10', 'MDM^T11']);
  const { submissions } = (await listener.homeward.call('GET', '/submissions?limit=3')).json;
  expect(
    submissions.map(({ status, door, sender }: Record<string, string>) => [status, door, sender]),
  ).toEqual([
    ['accepted', 'hl7v2', 'RR8'],
    ['accepted', 'hl7v2', 'RR8'],
    ['accepted', 'hl7v2', 'RR8'],
  ]);
  expect(submissions[0].replaces).toBe(submissions[1].id);
  const found = await listener.homeward.call('GET', '/FHIR/R4/DocumentReference?status=entered-in-error');
  expect(found.json.total).toBe(1);
});

it('AE refuses, and its codes are shown without its sentences', async () => {
  engine.answers('AE');
  await submit(another());
  await until(async () => (await newest('engine')).state === 'refused');
  expect(await newest('engine')).toMatchObject({
    attempts: 1,
    lastError: 'the destination answered AE (vw-enc-06)',
  });
});

it.each(['AR', 'CR'])('%s is tried again, under the same control id', async (code) => {
  engine.answers(code);
  await submit(another());
  await until(async () => (await newest('engine')).lastError === `the destination answered ${code}`);
  engine.answers('CA');
  await until(async () => (await newest('engine')).state === 'delivered');
  const [before, after] = engine.messages.slice(-2);
  expect(after).toEqual(before);
});

it('a connection that ends before the answer is tried again, with the same bytes', async () => {
  engine.answers((socket) => void socket.destroy());
  await submit(another());
  await until(async () => (await newest('engine')).lastError !== null);
  engine.answers('AA');
  await until(async () => (await newest('engine')).state === 'delivered');
  const [before, after] = engine.messages.slice(-2);
  expect(after).toEqual(before);
});
