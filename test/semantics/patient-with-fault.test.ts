/**
 * semantics "Who is who": a Patient entry that cannot be matched refuses its transaction with that fault, whatever other
 * entries belong to it, and the refusal is kept.
 */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import { freshNhsNumber, freshSummary, record, send, told, type AnyJson, type Sent } from './sending';
import { asTransaction, NHS, post } from './story';
import { bundleOf, put, type Entry } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
  const named = (): Entry => post(patient(freshNhsNumber()));
  await send(homeward, bundleOf('transaction', named(), named()), { path: '/FHIR/R4' });
});
afterAll(() => homeward.close());

type Named = Entry & { fullUrl: string };

const HOSPITAL = { system: 'https://example.org/hospital', value: 'H 77' };
const TWO = 'birthdate=1931-07-08';
const patient = (nhsNumber: string): AnyResource => ({
  resourceType: 'Patient',
  identifier: [{ system: NHS, value: nhsNumber }, HOSPITAL],
  name: [{ family: 'Archer' }],
  birthDate: '1931-07-08',
});
const under = (fullUrl: string, entry: Entry): Named => ({ fullUrl, ...entry });
const urn = (): string => `urn:uuid:${crypto.randomUUID()}`;

/** Each fault: its status, its rule, and the Patient entries, of which the last has it. */
const FAULTS: [string, number, string, (person: AnyResource) => Named[]][] = [
  [
    'an update of an id that is not stored',
    404,
    'fhir-update-unknown',
    (person) => {
      const id = crypto.randomUUID();
      return [under(urn(), put(`Patient/${id}`, { ...person, id }))];
    },
  ],
  [
    'a conditional create that finds several',
    412,
    'fhir-conditional',
    (person) => [under(urn(), post(person, TWO))],
  ],
  [
    'a conditional update that finds several',
    412,
    'fhir-conditional',
    (person) => [under(urn(), put(`Patient?${TWO}`, person))],
  ],
  [
    'the NHS number of another entry',
    422,
    'submission-same-resource-twice',
    (person) => [under(urn(), post(person)), under(urn(), post(person))],
  ],
];

const OTHERS: [string, (subject: JsonObject) => AnyResource][] = [
  [
    'Observation',
    (subject) => ({
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://snomed.info/sct', code: '364075005', display: 'Heart rate' }] },
      subject,
      effectiveDateTime: '2026-05-02T08:00:00Z',
      valueQuantity: { value: 70, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
    }),
  ],
  ['Condition', (subject) => ({ resourceType: 'Condition', code: { text: 'COPD' }, subject })],
  [
    'QuestionnaireResponse',
    (subject) => ({ resourceType: 'QuestionnaireResponse', status: 'completed', subject }),
  ],
];

const say = (type: 'transaction' | 'batch', entries: readonly Entry[]): Promise<Sent> =>
  send(homeward, bundleOf(type, ...entries), { path: '/FHIR/R4' });
const errors = (outcome: AnyJson): string[] => told(outcome).filter((line) => line.startsWith('error'));

describe.each(FAULTS)('a Patient entry with %s', (_fault, status, rule, patients) => {
  it.each(OTHERS)('refuses the transaction with that fault alone, beside its %s', async (_type, other) => {
    const nhsNumber = freshNhsNumber();
    const people = patients(patient(nhsNumber));
    const entries = [...people, under(urn(), post(other({ reference: people.at(-1)!.fullUrl })))];
    const alone = await say('transaction', people);
    const sent = await say('transaction', entries);
    expect([sent.status, errors(sent.json)]).toEqual([status, errors(alone.json)]);
    expect(errors(sent.json).join()).toContain(`error ${rule} Bundle.entry[${people.length - 1}]`);
    const { json } = await homeward.call('GET', `/submissions?nhs-number=${nhsNumber}`);
    expect(json.submissions.map(({ id }: AnyJson) => id)).toContain(sent.submissionId);

    const inBatch = await say('batch', entries);
    expect(inBatch.status).toBe(200);
    const statuses = inBatch.json.entry.map(({ response }: AnyJson) => Number(response.status.slice(0, 3)));
    expect(statuses.filter((each: number) => each >= 500)).toEqual([]);
    const checked = await homeward.call('POST', '/FHIR/R4/Bundle/$validate', {
      body: bundleOf('transaction', ...entries),
    });
    expect(checked.status).toBe(200);
  });
});

describe('a summary as a transaction, with its document, stay and readings', () => {
  const id = crypto.randomUUID();
  it.each<[string, number, JsonObject]>([
    ['an update of an id that is not stored', 404, { method: 'PUT', url: `Patient/${id}` }],
    ['a conditional create that finds several', 412, { ifNoneExist: TWO }],
    ['a conditional update that finds several', 412, { method: 'PUT', url: `Patient?${TWO}` }],
  ])('is refused with the fault of its Patient: %s', async (_fault, status, Patient) => {
    const sent = await send(homeward, asTransaction(freshSummary().with('Patient.id', id), { Patient }), {
      path: '/FHIR/R4',
    });
    expect([sent.status, errors(sent.json)]).toEqual([
      status,
      [expect.stringMatching(/^error fhir-(update-unknown|conditional) Bundle\.entry\[\d+\]\.request/)],
    ]);
    expect((await record(homeward, sent.submissionId)).status).toBe('refused');
  });
});

describe('beside a Patient entry with a fault', () => {
  const person = (): Named => under(urn(), post(patient(freshNhsNumber()), TWO));
  const reading = OTHERS[0]![1];

  it('entries that name it by a number have no fault of their own', async () => {
    const nhsNumber = freshNhsNumber();
    const named = [HOSPITAL, { system: NHS, value: nhsNumber }].map((identifier) =>
      post({ resourceType: 'Flag', status: 'active', code: { text: 'Falls' }, subject: { identifier } }),
    );
    const sent = await say('transaction', [under(urn(), post(patient(nhsNumber), TWO)), ...named]);
    expect([sent.status, errors(sent.json)]).toEqual([
      412,
      ['error fhir-conditional Bundle.entry[0].request'],
    ]);
  });

  it('the faults of other entries, of this patient or another, are told as well', async () => {
    const one = person();
    const id = crypto.randomUUID();
    const own = { ...reading({ reference: one.fullUrl }), id };
    const stranger = { reference: `Patient/${crypto.randomUUID()}` };
    const sent = await say('transaction', [one, put(`Observation/${id}`, own), post(reading(stranger))]);
    expect([sent.status, errors(sent.json)]).toEqual([
      412,
      [
        'error fhir-conditional Bundle.entry[0].request',
        'error fhir-update-unknown Bundle.entry[1].request.url',
        'error submission-unknown-patient Bundle.entry[2].resource.subject',
      ],
    ]);
  });
});
