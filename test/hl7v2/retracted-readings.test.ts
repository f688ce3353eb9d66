/** The results of a message that retracts its document. @see docs/transports/hl7v2.md */
import type { AnyResource } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { nextId, ofBundle, pdfBase64, type MessageOptions } from './messages';
import type { Answer } from './mllp';
import { receiverOfThisFile } from './receiving';

const { accepted, get } = receiverOfThisFile();

const pdf = (status: string): string =>
  `OBX|1|ED|VW^Summary^L||RPM^AP^PDF^Base64^${pdfBase64()}||||||${status}`;

interface Reading {
  value?: string;
  status?: string;
  number?: string;
  at?: string;
}
const pulse = ({ value = '150', status = 'F', number = '', at = '20250228080000' }: Reading): string =>
  `OBX|2|NM|8867-4^Heart rate^LN||${value}|/min|||||${status}|||${at}|||||||${number}`;

interface Document {
  options: MessageOptions & Required<Pick<MessageOptions, 'document' | 'fields'>>;
  /** A message that retracts the document. */
  retraction: MessageOptions;
  visit: string;
  /** That no reading has yet. */
  number: string;
}

function aDocument(): Document {
  const id = nextId();
  const [document, visit] = [`DOC-${id}`, `V-${id}`];
  const options = { document, fields: { PV1: { 19: `${visit}^^^RR8^VN` } } };
  const retraction = { ...options, type: 'MDM^T11^MDM_T01', sentAt: '20250302101500', without: ['OBX'] };
  return { options, retraction, visit, number: `P-${id}` };
}

/** The status of the document, and the value and status of each reading of the stay. */
async function held({ options, visit }: Document): Promise<string[]> {
  const documents = await get(`/FHIR/R4/DocumentReference?identifier=${options.document}`);
  const readings = await get(`/FHIR/R4/Observation?encounter.identifier=${visit}&_sort=date`);
  return [
    ...documents.entry.map(({ resource }: { resource: AnyResource }) => resource.status),
    ...(readings.entry ?? []).map(
      ({ resource }: { resource: { status: string; valueQuantity: { value: number } } }) =>
        `${resource.valueQuantity.value} ${resource.status}`,
    ),
  ];
}

const warningsOf = async ({ said }: Answer): Promise<string[]> => {
  const { issue } = await get(`/submissions/${said}/outcome`);
  return JSON.stringify(issue).match(/hl7v2-(?:beside-retraction|readings-stay|left-out)(?=")/g) ?? [];
};
const reviewsOf = async ({ said }: Answer): Promise<string[]> =>
  (await get(`/submissions/${said}`)).review?.reasons ?? [];

const TAKEN_BACK = ['entered-in-error', '150 entered-in-error'];
const CANCELLED = { TXA: { 19: 'CA' } };

describe('A retraction that calls a reading of its document wrong retracts the reading, too:', () => {
  it.each<[string, MessageOptions, readonly string[]]>([
    ['T11', {}, []],
    ['T11 with the document', {}, [pdf('F')]],
    ['T02 with TXA-19 CA', { type: 'MDM^T02^MDM_T02', fields: CANCELLED }, []],
    ['T02 with TXA-19 CA and the document', { type: 'MDM^T02^MDM_T02', fields: CANCELLED }, [pdf('F')]],
    ['T10 with TXA-19 CA', { type: 'MDM^T10^MDM_T02', fields: CANCELLED }, []],
  ])('%s', async (_what, how, documents) => {
    for (const number of ['', aDocument().number]) {
      const each = aDocument();
      const { options, retraction } = each;
      await accepted({ ...options, more: [pulse({ number })] });
      const answer = await accepted({
        ...retraction,
        ...how,
        fields: { ...options.fields, ...how.fields },
        more: [...documents, pulse({ number, status: 'W' })],
      });
      expect(await held(each)).toEqual(TAKEN_BACK);
      expect(await warningsOf(answer)).toEqual([]);
      // The Bundle that is made again of the message says the same.
      const { entry } = await get(`/FHIR/R4/Bundle/${answer.said}`);
      expect(entry.at(-1).resource.status).toBe('entered-in-error');
    }
  });

  it.each([
    ['D', 'entered-in-error'],
    ['X', 'cancelled'],
  ])('OBX-11 %s', async (status, becomes) => {
    const each = aDocument();
    await accepted({ ...each.options, more: [pulse({ number: each.number })] });
    await accepted({ ...each.retraction, more: [pulse({ number: each.number, status })] });
    expect(await held(each)).toEqual(['entered-in-error', `150 ${becomes}`]);
  });

  it('also where another document has said the reading again before', async () => {
    const [each, other] = [aDocument(), aDocument()];
    const more = [pulse({ number: each.number })];
    await accepted({ ...each.options, more });
    await accepted({ ...other.options, fields: each.options.fields, sentAt: '20250301111500', more });
    await accepted({ ...each.retraction, more: [pulse({ number: each.number, status: 'W' })] });
    expect(await held(each)).toEqual(TAKEN_BACK);
  });

  it('of several without a number, the one with the code, time and value', async () => {
    const each = aDocument();
    const [first, second] = [pulse({ value: '80' }), pulse({ at: '20250228090000' })];
    await accepted({ ...each.options, more: [first, second] });
    const wrong = pulse({ at: '20250228090000', status: 'W' });
    const answer = await accepted({ ...each.retraction, more: [wrong] });
    expect(await held(each)).toEqual(['entered-in-error', '80 final', '150 entered-in-error']);
    expect(await warningsOf(answer)).toEqual(['hl7v2-readings-stay']);
  });

  it('a reading that came in a Bundle', async () => {
    const [id, number] = [nextId(), nextId()];
    const identifier = [{ system: 'https://homeward.dev/Id/hl7v2/RR8/result', value: number }];
    const summary = aSummary().stay(8950).with('Observation[0].identifier', identifier);
    await accepted({ id, value: ofBundle(summary.bytes()) });
    const more = [pulse({ number, status: 'W' })];
    await accepted({ id, type: 'MDM^T11^MDM_T01', sentAt: '20300101', without: ['OBX', 'PID'], more });
    const { entry } = await get(`/FHIR/R4/Observation?identifier=${number}`);
    expect(entry.map(({ resource }: { resource: AnyResource }) => resource.status)).toEqual([
      'entered-in-error',
    ]);
  });
});

describe('A retraction does not take in silence', () => {
  it.each<[string, Reading]>([
    ['a right reading of another value', { value: '90' }],
    ['a right reading', {}],
    ['a wrong reading that its document does not have', { number: 'ELSEWHERE', status: 'W' }],
  ])('%s: there is a warning and a review mark', async (_what, reading) => {
    const each = aDocument();
    await accepted({ ...each.options, more: [pulse({ number: each.number })] });
    const answer = await accepted({
      ...each.retraction,
      more: [pulse({ number: each.number, ...reading })],
    });
    expect(await held(each)).toEqual(['entered-in-error', '150 final']);
    expect(await warningsOf(answer)).toEqual(['hl7v2-beside-retraction', 'hl7v2-readings-stay']);
    expect(await reviewsOf(answer)).toEqual([
      'A message of HL7 v2 that retracts its document has results that were not taken',
    ]);
  });

  it('a text or a note: there is an information', async () => {
    const each = aDocument();
    await accepted(each.options);
    const answer = await accepted({ ...each.retraction, more: ['OBX|1|TX|NOTE^Note^L||Wrong||||||F'] });
    expect(await warningsOf(answer)).toEqual(['hl7v2-left-out']);
    expect(await reviewsOf(answer)).toEqual([]);
  });
});

it('A retraction without results says that the readings stay, and another one retracts them', async () => {
  const each = aDocument();
  await accepted({ ...each.options, more: [pulse({ number: each.number })] });
  const answer = await accepted(each.retraction);
  expect(await held(each)).toEqual(['entered-in-error', '150 final']);
  expect(await warningsOf(answer)).toEqual(['hl7v2-readings-stay']);
  expect(await reviewsOf(answer)).toEqual([]);
  const more = [pulse({ number: each.number, status: 'W' })];
  const second = await accepted({ ...each.retraction, sentAt: '20250303101500', more });
  expect(await held(each)).toEqual(TAKEN_BACK);
  expect(await warningsOf(second)).toEqual([]);
});
