/** What a retraction over HL7 v2 leaves on the patient, and who is told; and what is passed on of a death. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReceiver, type Receiver } from './receiving';
import { aMessage, nextId, pdfBase64, type Fields, type MessageOptions } from './messages';
import type { Mllp } from './mllp';
import { startEngine, type Engine } from '../forwarding/engine';
import { until } from '../forwarding/receiver';
import { accepted, freshNhsNumber, freshSummary, type AnyJson, type Sent } from '../semantics/sending';
import type { SummaryBuilder } from '../fixtures/summary';

let receiver: Receiver;
let engine: Engine;
let mllp: Mllp;
beforeAll(async () => {
  engine = await startEngine();
  const file = join(mkdtempSync(join(tmpdir(), 'retracted-')), 'forward.json');
  writeFileSync(
    file,
    JSON.stringify([{ name: 'pdfs', to: { hl7v2: { host: '127.0.0.1', port: engine.port } }, as: 'mdm' }]),
  );
  receiver = await startReceiver({}, { FORWARD_FILE: file });
  mllp = await receiver.connect();
});
afterAll(async () => {
  mllp.close();
  await receiver.close();
  await engine.close();
});

const T11: MessageOptions = { type: 'MDM^T11^MDM_T01', without: ['OBX'] };
const B: MessageOptions = { sender: 'EPR|OTHER' };
const get = async (path: string): Promise<AnyJson> => (await receiver.homeward.call('GET', path)).json;
const document = (): string => `D-${nextId()}`;

/** Sends a message of March 2025 about the patient; it must be taken. @returns the submission's id */
async function hl7(nhs: string, day: string, pid: Fields, options: MessageOptions): Promise<string> {
  const fields = { ...options.fields, PID: { 3: `${nhs}^^^NHS^NH`, ...pid } };
  const answer = await mllp.ask(aMessage({ ...options, sentAt: `202503${day}100000`, fields }));
  expect(answer.text).toContain('MSA|AA|');
  return answer.said;
}
const made = (summary: SummaryBuilder, day: string): SummaryBuilder =>
  summary.with('Bundle.meta.lastUpdated', `2025-03-${day}T10:00:00Z`).without('Bundle.meta.versionId');
const of = (nhs: string): SummaryBuilder =>
  freshSummary().nhsNumber(nhs).observations(0).birthDate('1950-03-14');
const http = (summary: SummaryBuilder, day: string, as = 'RR8'): Promise<Sent> =>
  accepted(receiver.homeward, made(summary, day), { as });
const retracted = (summary: SummaryBuilder): SummaryBuilder =>
  summary.with('Encounter.status', 'entered-in-error').with('DocumentReference.status', 'entered-in-error');
const patient = async (nhs: string): Promise<AnyJson> =>
  (await get(`/FHIR/R4/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|${nhs}`)).entry[0].resource;
/** Whether one of the submissions has the rule, and is marked for review. */
async function told(rule: string, ...ids: string[]): Promise<boolean> {
  for (const id of ids) {
    const outcome = JSON.stringify(await get(`/submissions/${id}/outcome`));
    if (outcome.includes(rule) && (await get(`/submissions/${id}`)).review.reasons.length > 0) return true;
  }
  return false;
}

describe('two submissions of one mistake, both retracted: somebody is told what stays', () => {
  it.each([
    ['first', 'second'],
    ['second', 'first'],
  ])('HL7 v2, a death as PID-30 and then as PID-29, %s retracted first', async (order) => {
    const [x, one, two] = [freshNhsNumber(), document(), document()];
    await http(of(x), '01', 'RXX');
    await hl7(x, '05', { 30: 'Y' }, { document: one });
    await hl7(x, '06', { 29: '20250304' }, { document: two });
    const [a, b] = order === 'first' ? [one, two] : [two, one];
    const ids = [
      await hl7(x, '10', {}, { ...T11, document: a }),
      await hl7(x, '11', {}, { ...T11, document: b }),
    ];
    expect((await patient(x)).deceasedDateTime).toBe('2025-03-04');
    expect(await told('submission-value-kept', ...ids)).toBe(true);
  });
  it('HL7 v2, the same wrong name and address', async () => {
    const [x, one, two] = [freshNhsNumber(), document(), document()];
    await http(of(x), '01', 'RXX');
    await hl7(x, '05', { 5: 'Wrong^Person' }, { document: one });
    await hl7(x, '06', { 5: 'Wrong^Person' }, { document: two });
    const ids = [
      await hl7(x, '10', {}, { ...T11, document: one }),
      await hl7(x, '11', {}, { ...T11, document: two }),
    ];
    expect((await patient(x)).name[0].family).toBe('Wrong');
    expect(await told('submission-value-kept', ...ids)).toBe(true);
  });
  it('HTTP, the same wrong name', async () => {
    const x = freshNhsNumber();
    await http(of(x), '01', 'RXX');
    const [one, two] = [0, 1].map(() => of(x).with('Patient.name[0].family', 'Wrong')) as [
      SummaryBuilder,
      SummaryBuilder,
    ];
    await http(one, '05');
    await http(two, '06');
    const ids = [await http(retracted(one), '10'), await http(retracted(two), '11')].map(
      (each) => each.submissionId,
    );
    expect((await patient(x)).name[0].family).toBe('Wrong');
    expect(await told('submission-value-kept', ...ids)).toBe(true);
  });
});

describe('a death that came late (a newer silent summary was stored before)', () => {
  it('HL7 v2: its T11 tells that the death stays', async () => {
    const [x, one] = [freshNhsNumber(), document()];
    await hl7(x, '09', {}, { ...B, document: document() });
    await hl7(x, '05', { 29: '20250304' }, { document: one });
    const id = await hl7(x, '10', {}, { ...T11, document: one });
    expect((await patient(x)).deceasedDateTime).toBe('2025-03-04');
    expect(await told('submission-value-kept', id)).toBe(true);
  });
  it.each<[string, (s: SummaryBuilder) => SummaryBuilder]>([
    ['its retraction', retracted],
    ['a correction that leaves it out', (s) => s.without('Patient.deceasedBoolean')],
  ])('HTTP: %s tells that the death stays', async (_what, change) => {
    const x = freshNhsNumber();
    await http(of(x), '09', 'RXX');
    const wrong = of(x).with('Patient.deceasedBoolean', true);
    await http(wrong, '05');
    const { submissionId } = await http(change(wrong), '10');
    expect((await patient(x)).deceasedBoolean).toBe(true);
    expect(await told('submission-value-kept', submissionId)).toBe(true);
  });
});

describe('a retraction that has the document and its results in it (ORU with every OBX-11 W; MDM with TXA-19 CA)', () => {
  const all = (number: string, status: string): MessageOptions => ({
    type: 'ORU^R01^ORU_R01',
    without: ['TXA', 'OBX'],
    fields: { PV1: { 19: `${number}^^^RR8^VN` } },
    more: [
      `OBR|1||${number}|371534008^Summary report^SCT|||20250228080000|||||||||||||||20250301100000|||F`,
      `OBX|1|ED|VW^Summary^L||RPM^AP^PDF^Base64^${pdfBase64()}||||||${status}`,
      `OBX|2|NM|8867-4^Heart rate^LN||150|/min|||||${status}|||20250228080000|||||||${number}P`,
    ],
  });
  it('does not make the wrong name current again over the right one, and tells of the death', async () => {
    const [x, number] = [freshNhsNumber(), document()];
    const wrong = { 5: 'Wrong^Person', 30: 'Y' };
    await hl7(x, '01', wrong, all(number, 'F'));
    await http(of(x), '02', 'RXX');
    expect((await patient(x)).name[0].family).toBe("O'Brien");
    const id = await hl7(x, '03', wrong, all(number, 'W'));
    expect({
      family: (await patient(x)).name[0].family,
      told: await told('submission-value-kept', id),
    }).toEqual({
      family: "O'Brien",
      told: true,
    });
  });
});

describe('a death that a newer submission of another sender has said, too', () => {
  it.each<[string, Fields]>([
    ['in the same words', {}],
    ['with another address', { 11: '2 Other Road^^Leeds^^LS1 4AP^^H' }],
  ])('(%s) is not taken back by a late correction of the first', async (_what, more) => {
    const [x, one] = [freshNhsNumber(), document()];
    await hl7(x, '05', { 30: 'Y' }, { document: one });
    await hl7(x, '09', { 30: 'Y', ...more }, { ...B, document: document() });
    await hl7(x, '07', { 30: 'N' }, { document: one });
    expect((await patient(x)).deceasedBoolean).toBe(true);
  });
});

describe('passing on as mdm', () => {
  it('tells that a death was taken back (PID-30 N), after it told the death (PID-30 Y)', async () => {
    const x = freshNhsNumber();
    const summary = of(x);
    await http(summary.with('Patient.deceasedBoolean', true), '11');
    await http(summary.with('Patient.deceasedBoolean', false), '12');
    expect((await patient(x)).deceasedBoolean).toBe(false);
    const ofPatient = (): string[] =>
      engine.messages
        .map((segments) => segments.find(([name]) => name === 'PID')!)
        .filter((pid) => pid[3]!.startsWith(x))
        .map((pid) => pid[30] ?? '');
    await until(() => ofPatient().length === 2);
    expect(ofPatient()).toEqual(['Y', 'N']);
  });
});

describe('a retraction that says that the patient is alive, made after the death that another sender has said', () => {
  it('is not called late, and its advice does not lead in a circle', async () => {
    const x = freshNhsNumber();
    const one = of(x);
    await http(one, '01');
    await http(
      of(x).with('Patient.deceasedBoolean', true).with('Patient.address[0].city', 'Leeds'),
      '09',
      'RXX',
    );
    const again = retracted(one.with('Patient.deceasedBoolean', false));
    const { submissionId } = await http(again, '12');
    const outcome = JSON.stringify(await get(`/submissions/${submissionId}/outcome`));
    expect(outcome).not.toContain('A newer submission came before this one');
  });
});

describe('a gender or a more precise birth date that only the retracted summary gave, kept by a newer one without it', () => {
  it('is named where the summary is retracted', async () => {
    const [x, one] = [freshNhsNumber(), document()];
    await http(of(x).with('Patient.birthDate', '1950').without('Patient.gender'), '01', 'RXX');
    await hl7(x, '05', { 5: 'Wrong^Man', 8: 'M' }, { document: one });
    await http(of(x).with('Patient.birthDate', '1950').without('Patient.gender'), '06', 'RXX');
    const id = await hl7(x, '10', {}, { ...T11, document: one });
    const { gender, birthDate } = await patient(x);
    expect([gender, birthDate]).toEqual(['male', '1950-03-14']);
    expect(await told('submission-value-kept', id)).toBe(true);
  });
});

describe('a death that only the T11 says (PID-29, PID-30)', () => {
  it('is taken, or somebody is told that it is not', async () => {
    const [x, one] = [freshNhsNumber(), document()];
    await hl7(x, '05', {}, { document: one });
    const id = await hl7(x, '06', { 29: '20250304', 30: 'Y' }, { ...T11, document: one });
    const isTaken = (await patient(x)).deceasedDateTime === '2025-03-04';
    const reasons = (await get(`/submissions/${id}`)).review.reasons.length;
    expect(isTaken || reasons > 0).toBe(true);
  });
});

describe('a death between two messages that say otherwise', () => {
  it('is taken back by a T11 with PID-30 N, also where an earlier message had N', async () => {
    const [x, one] = [freshNhsNumber(), document()];
    await http(of(x), '01', 'RXX');
    await hl7(x, '05', { 30: 'N' }, { document: one });
    await hl7(x, '06', { 30: 'Y' }, { document: one });
    await hl7(x, '10', { 30: 'N' }, { ...T11, document: one });
    expect((await patient(x)).deceasedBoolean).toBe(false);
  });
});
