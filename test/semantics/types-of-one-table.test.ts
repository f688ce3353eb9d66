/**
 * semantics "One submission, one patient": in a transaction that is no summary each entry has a patient of its own,
 * whatever types of resources stand beside it, and in whatever order.
 */
import type { AnyResource } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import type { SummaryBuilder } from '../fixtures/summary';
import { accepted, freshSummary, read, send, stored, told, type AnyJson } from './sending';
import { at } from './statements';
import { find, known, NHS, post } from './story';
import { bundleOf, put, transact } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const condition = (subject: object): AnyResource => ({
  resourceType: 'Condition',
  code: { text: 'Pneumonia' },
  subject: subject as never,
});
const allergy = (patient: object): AnyResource => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  code: { text: 'Penicillin' },
  patient: patient as never,
});
const binary: AnyResource = { resourceType: 'Binary', contentType: 'text/plain', data: 'aGVsbG8=' };

describe('types that share a table', () => {
  it('are filed each on its own patient, in any order, by id and by NHS number', async () => {
    const [one, two] = [await known(homeward), await known(homeward)];
    const byNumber = ({ nhsNumber }: typeof one): object => ({
      identifier: { system: NHS, value: nhsNumber },
    });
    const sent = [
      await transact(
        homeward,
        'RR8',
        post(condition({ reference: one.patient })),
        post(allergy({ reference: two.patient })),
      ),
      await transact(homeward, 'RR8', post(allergy(byNumber(two))), post(condition(byNumber(one)))),
    ];
    expect(sent.map(({ status }) => status)).toEqual([200, 200]);
    for (const [type, of] of [
      ['Condition', one],
      ['AllergyIntolerance', two],
    ] as const)
      expect(await find(homeward, `${type}?patient=${of.patient}`)).toHaveLength(2);
    expect(await find(homeward, `Condition?patient=${two.patient}`)).toEqual([]);
    expect(await find(homeward, `AllergyIntolerance?patient=${one.patient}`)).toEqual([]);
  });

  it('find the patient beside a type that has none', async () => {
    const { patient } = await known(homeward);
    const sent = await transact(homeward, 'RR8', post(binary), post(allergy({ reference: patient })));
    expect(sent.status).toBe(200);
    expect(await find(homeward, `AllergyIntolerance?patient=${patient}`)).toHaveLength(1);
  });
});

const flag = (subject: object): AnyResource => ({
  resourceType: 'Flag',
  status: 'active',
  code: { text: 'DNACPR' },
  subject: subject as never,
});
const medicine = (subject: object): AnyResource => ({
  resourceType: 'MedicationStatement',
  status: 'active',
  medicationCodeableConcept: { text: 'Warfarin 3 mg' },
  subject: subject as never,
});
type Make = (patient: object) => AnyResource;

/** The summary with one resource of each, about its patient. */
const withThese = (summary: SummaryBuilder, makes: readonly Make[]): SummaryBuilder =>
  summary.changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const reference = entries.find(({ resource }) => resource.resourceType === 'Patient').fullUrl;
    for (const [index, make] of makes.entries())
      entries.push({
        fullUrl: `urn:uuid:5d5f8bd4-6f0e-4c60-8a37-7d0a40c1b00${index}`,
        resource: { id: `more-${index}`, ...make({ reference }) },
      });
  });

async function isSealed(): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const [row] = await homeward.app.database.query<{ waiting: number }>({
      text: `SELECT count(*)::int AS waiting FROM submission
        WHERE xid >= coalesce((SELECT max(upto) FROM ledger_seal), '0'::xid8)`,
    });
    if (row!.waiting === 0) return;
    if (Date.now() > deadline) throw new Error('the submissions are not sealed');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const PAIRS: [string, Make, Make][] = [
  ['AllergyIntolerance and Condition', allergy, condition],
  ['Condition and MedicationStatement', condition, medicine],
  ['Flag and MedicationStatement', flag, medicine],
  ['MedicationStatement and Flag', medicine, flag],
];

describe.each(PAIRS)('%s', (_what, one, other) => {
  it('may come late in one submission: what newer updates have said stays', async () => {
    const summary = withThese(at(freshSummary(), '01'), [one, other]);
    const { submissionId } = await accepted(homeward, summary);
    const current = await Promise.all(
      [one, other].map(async (make) =>
        read(homeward, await stored(homeward, submissionId, make({}).resourceType)),
      ),
    );
    const updates = current.map(({ meta: _meta, ...rest }: AnyJson) =>
      put(`${rest.resourceType}/${rest.id}`, { ...rest, language: 'cy' }),
    );
    const update = {
      ...bundleOf('transaction', ...updates),
      meta: { lastUpdated: '2025-05-03T12:00:00Z' },
    };
    expect((await send(homeward, update, { path: '/FHIR/R4' })).status).toBe(200);
    const edition = at(summary, '02').with('Encounter.period.start', '2025-03-03T11:00:00+00:00');
    const late = await accepted(homeward, edition);
    expect(told(late.json).filter((line) => line.includes('submission-late'))).toHaveLength(2);
    for (const { resourceType, id } of current) {
      const { language, meta } = await read(homeward, { type: resourceType, id });
      expect([language, meta.versionId]).toEqual(['cy', '4']);
    }
  });

  it('are withdrawn together, and their history is what it was', async () => {
    const summary = at(freshSummary(), '01');
    await accepted(homeward, withThese(summary, [one, other]));
    const edition = at(summary, '02').with('Encounter.period.start', '2025-03-03T11:00:00+00:00');
    await accepted(homeward, edition);
    await isSealed();
    const { json } = await homeward.call('GET', '/ledger/verify');
    expect([json.status, json.faults]).toEqual(['pass', []]);
  });
});
