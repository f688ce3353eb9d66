/** An older summary that comes late, and has what a newer correction of another one has withdrawn: the sender is told. */
import type { JsonObject } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { names, searchOf, withReadings } from './readings';
import {
  accepted,
  count,
  freshSummary,
  record,
  send,
  stored,
  told,
  type AnyJson,
  type Sent,
} from './sending';
import { at, type Change } from './statements';
import { asTransaction, find, post, rebuilt, sentIn, withOneMore } from './story';
import { bundleOf } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const MARK = 'An older summary stores again what a newer correction has withdrawn';
const WARNED = [
  expect.stringMatching(/^warning submission-withdrawn-before Bundle\.entry\[\d+\]\.resource$/),
];

const warnings = ({ json }: Sent): string[] =>
  told(json).filter((line) => line.includes('submission-withdrawn-before'));
const marks = async ({ submissionId }: Sent): Promise<string[]> =>
  ((await record(homeward, submissionId)).review ?? []).filter((reason: string) => reason === MARK);
const seen = async (sent: Sent): Promise<unknown> => [warnings(sent), await marks(sent)];
const NOTHING = [[], []];

const verified = (code: string): JsonObject => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification', code }],
});

/** The summary with an allergy that has a number. */
const withAllergy = (summary: SummaryBuilder, more: JsonObject): SummaryBuilder =>
  withOneMore(summary, (patient) => ({
    resourceType: 'AllergyIntolerance',
    identifier: [{ system: 'https://trust.example.nhs.uk/allergy', value: 'penicillin' }],
    clinicalStatus: {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' },
      ],
    },
    verificationStatus: verified('confirmed'),
    code: { text: 'Penicillin' },
    patient,
    ...more,
  }));

interface Dropped {
  /** What the summary was on the 1st, with the readings `a` and `b`. */
  first: SummaryBuilder;
  sent: Sent;
  a: string;
  b: string;
}

/** A summary of the 1st, and its correction of the 10th without the reading `b`. */
async function dropped(change: Change = (same) => same): Promise<Dropped> {
  const [a = '', b = ''] = names('a', 'b');
  const summary = freshSummary();
  const first = change(at(withReadings(summary, a, b), '01'));
  const sent = await accepted(homeward, first);
  await accepted(homeward, change(at(withReadings(summary, a), '10')));
  expect(await count(homeward, searchOf(b))).toBe(0);
  return { first, sent, a, b };
}

describe('an older summary with a reading that a newer correction has withdrawn', () => {
  it.each<[string, Change]>([
    ['of another identifier', (first) => rebuilt(first, 'late')],
    ['without an identifier', (first) => rebuilt(first).without('Bundle.identifier')],
  ])('%s stores it again, with a warning and a review mark', async (_what, change) => {
    const { first, b } = await dropped();
    const late = await accepted(homeward, change(at(first, '05')));
    expect(await count(homeward, searchOf(b))).toBe(1);
    expect(await seen(late)).toEqual([WARNED, [MARK]]);
  });

  it('has them where a condition finds its stay', async () => {
    const { first, b } = await dropped();
    const { system, value } = sentIn(first, 'Encounter').identifier[0];
    const late = asTransaction(at(rebuilt(first, 'late'), '05'), {
      Encounter: { ifNoneExist: `identifier=${system}|${value}` },
    });
    const sent = await accepted(homeward, late, { path: '/FHIR/R4' });
    const outcomes = sent.json.entry.flatMap((each: AnyJson) => told(each.response.outcome));
    expect(outcomes.join()).toContain('submission-withdrawn-before');
    expect([await count(homeward, searchOf(b)), await marks(sent)]).toEqual([1, [MARK]]);
  });

  it('has them where the readings have no identifiers', async () => {
    const bare: Change = (summary) =>
      summary.changed((bundle) => {
        for (const { resource } of bundle.entry as never as { resource: Record<string, unknown> }[])
          if (resource.resourceType === 'Observation') delete resource.identifier;
      });
    const { first } = await dropped(bare);
    expect(await seen(await accepted(homeward, at(rebuilt(first, 'late'), '05')))).toEqual([WARNED, [MARK]]);
  });

  it('has them where a third summary is the newest of the stay', async () => {
    const { first, a } = await dropped();
    await accepted(homeward, at(withReadings(rebuilt(first, 'third'), a), '12'));
    expect(await seen(await accepted(homeward, at(rebuilt(first, 'late'), '05')))).toEqual([WARNED, [MARK]]);
  });

  it.each<['transaction' | 'batch']>([['transaction'], ['batch']])(
    'has them in a %s of the reading alone, which names its stay by id',
    async (type) => {
      const { first, sent, b } = await dropped();
      const [patient, stay] = [
        await stored(homeward, sent.submissionId, 'Patient'),
        await stored(homeward, sent.submissionId, 'Encounter'),
      ];
      const reading = (first.build().entry as AnyJson[])
        .map(({ resource }) => resource)
        .find(({ identifier }) => identifier?.[0].value === b);
      const alone = {
        ...reading,
        subject: { reference: `Patient/${patient.id}` },
        encounter: { reference: `Encounter/${stay.id}` },
      };
      const late = {
        ...bundleOf(type, post(alone)),
        meta: { lastUpdated: '2025-05-05T12:00:00Z' },
      };
      const again = await accepted(homeward, late, { path: '/FHIR/R4' });
      expect(told(again.json.entry[0].response.outcome).join()).toContain('submission-withdrawn-before');
      expect(await count(homeward, searchOf(b))).toBe(1);
      // The entry of a batch has a submission of its own.
      const { id } = (await find(homeward, searchOf(b)))[0];
      const [row] = await homeward.app.database.query<{ review: string[] }>(
        {
          text: 'SELECT review FROM submission WHERE id = (SELECT submission_id FROM observation WHERE id = $1)',
        },
        [id],
      );
      expect(row?.review).toEqual([MARK]);
    },
  );

  it.each<[string, Change, string]>([
    ['its stay was withdrawn with it', (summary) => rebuilt(summary), 'withdrawn'],
    ['both have other numbers now', (summary) => summary, 'changed'],
  ])('has them where %s', async (_what, change, how) => {
    const [a = '', b = ''] = names('a', 'b');
    const whole = at(withReadings(freshSummary(), b), '01');
    await accepted(homeward, whole);
    const otherStay = withReadings(whole, a)
      .with('Encounter.identifier[0].value', `another ${b}`)
      .with('Encounter.period', { start: '2025-04-01T09:00:00Z', end: '2025-04-03T09:00:00Z' });
    await accepted(homeward, change(at(otherStay, '10')));
    expect(await count(homeward, searchOf(b))).toBe(0);
    const late = await accepted(homeward, at(rebuilt(whole, 'late'), '05'));
    // The stay and the reading.
    expect([warnings(late), (await record(homeward, late.submissionId)).review]).toEqual([
      [...WARNED, ...WARNED],
      expect.arrayContaining([`An older summary stores again what a newer correction has ${how}`]),
    ]);
  });

  it('has them where a reading without a number has another value now', async () => {
    const bare = freshSummary().without('Observation[0].identifier');
    const first = at(bare, '01');
    await accepted(homeward, first);
    await accepted(homeward, at(bare, '10').with('Observation[0].note', [{ text: 'Taken at rest' }]));
    const late = await accepted(homeward, at(rebuilt(first, 'late'), '05'));
    expect([warnings(late), (await record(homeward, late.submissionId)).review]).toEqual([
      WARNED,
      ['An older summary stores again what a newer correction has changed'],
    ]);
  });

  it('has them where it is a later edition of a summary that had the reading itself', async () => {
    const [a = '', b = ''] = names('a', 'b');
    const summary = freshSummary();
    const other = rebuilt(summary, 'other');
    await accepted(homeward, at(withReadings(summary, a, b), '01'));
    await accepted(homeward, at(withReadings(other, a, b), '02'));
    await accepted(homeward, at(withReadings(other, a), '03'));
    await accepted(homeward, at(withReadings(summary, a), '10'));
    expect(await count(homeward, searchOf(b))).toBe(0);
    const late = await accepted(
      homeward,
      at(withReadings(other, a, b), '05').with('DocumentReference.description', 'Again'),
    );
    expect(await count(homeward, searchOf(b))).toBe(1);
    expect(await seen(late)).toEqual([WARNED, [MARK]]);
  });

  it.each<[string, (summary: SummaryBuilder) => SummaryBuilder, string]>([
    ['withdrawn', (summary) => summary, 'withdrawn'],
    ['changed', (summary) => withAllergy(summary, { verificationStatus: verified('refuted') }), 'changed'],
  ])('has them for an allergy under the same number, which was %s', async (_what, correct, how) => {
    const base = freshSummary();
    await accepted(homeward, at(withAllergy(base, {}), '01'));
    await accepted(homeward, at(correct(base), '10'));
    const note = [{ text: 'Told by the patient' }];
    const late = await accepted(homeward, at(withAllergy(rebuilt(base, 'late'), { note }), '05'));
    expect([warnings(late), (await record(homeward, late.submissionId)).review]).toEqual([
      WARNED,
      [`An older summary stores again what a newer correction has ${how}`],
    ]);
  });

  it('has none for the plan of a day, where another day was corrected in a reading', async () => {
    const [a = '', b = '', c = ''] = names('a', 'b', 'c');
    const day = (reading: string, text: string): SummaryBuilder =>
      withOneMore(rebuilt(withReadings(base, reading), text), (subject) => ({
        resourceType: 'CarePlan',
        identifier: [{ system: 'https://trust.example.nhs.uk/plan', value: a }],
        status: 'active',
        intent: 'plan',
        description: text,
        subject,
      }));
    const base = freshSummary();
    const third = day(b, 'Third day');
    await accepted(homeward, at(day(a, 'First day'), '01'));
    await accepted(homeward, at(third, '03'));
    await accepted(homeward, at(third.with('Observation[0].note', [{ text: 'At rest' }]), '04'));
    expect(await seen(await accepted(homeward, at(day(c, 'Second day'), '02')))).toEqual(NOTHING);
  });

  it('has them where the correction says no time of its own', async () => {
    const [a = '', b = ''] = names('a', 'b');
    const summary = freshSummary();
    await accepted(homeward, at(withReadings(summary, a, b), '01').with('Bundle.meta.versionId', '1'));
    await accepted(homeward, withReadings(summary, a).correction(2).without('Bundle.meta.lastUpdated'));
    const late = await accepted(homeward, at(withReadings(rebuilt(summary, 'late'), a, b), '05'));
    expect(await seen(late)).toEqual([WARNED, [MARK]]);
  });

  it('has none where the newer correction says the same under other fullUrls', async () => {
    const base = withAllergy(freshSummary(), {}).changed((bundle) => {
      for (const { resource } of bundle.entry as AnyJson[])
        if (resource.resourceType === 'AllergyIntolerance') delete resource.identifier;
    });
    await accepted(homeward, at(base, '01'));
    await accepted(homeward, at(rebuilt(base), '10').with('DocumentReference.description', 'Again'));
    expect(await seen(await accepted(homeward, at(rebuilt(base, 'late'), '05')))).toEqual(NOTHING);
  });

  it('is a resend where it is of the same summary, or is refused', async () => {
    const { first, b } = await dropped();
    const sent = await send(homeward, at(rebuilt(first), '05'));
    expect([sent.status, ...warnings(sent)]).toEqual([200]);
    expect((await send(homeward, at(first.with('Encounter.language', 'cy'), '05'))).status).toBe(409);
    expect(await count(homeward, searchOf(b))).toBe(0);
  });

  it.each<[string, (dropped: Dropped) => SummaryBuilder]>([
    ['it is newer', ({ first }) => at(rebuilt(first, 'newer'), '11')],
    [
      'it has a reading of its own',
      ({ first, a }) => at(withReadings(rebuilt(first, 'own'), a, ...names('c')), '05'),
    ],
    [
      'the reading is of another time',
      ({ first }) =>
        at(rebuilt(first, 'other time'), '05').with(
          'Observation[1].effectiveDateTime',
          '2025-03-06T10:00:00Z',
        ),
    ],
    [
      'it calls the reading wrong',
      ({ first }) => at(rebuilt(first, 'wrong'), '05').with('Observation[1].status', 'entered-in-error'),
    ],
  ])('has none where %s', async (_what, late) => {
    const before = await dropped();
    expect(await seen(await accepted(homeward, late(before)))).toEqual(NOTHING);
  });

  it('has none where a third summary alone is newer, and where another sender has withdrawn the reading', async () => {
    const { first, a } = await dropped();
    await accepted(homeward, at(withReadings(rebuilt(first, 'third'), a), '14'));
    expect(await seen(await accepted(homeward, at(rebuilt(first, 'late'), '12')))).toEqual(NOTHING);
    const other = await dropped();
    const sent = await accepted(homeward, at(rebuilt(other.first, 'theirs'), '05'), { as: 'RX1' });
    expect(await seen(sent)).toEqual(NOTHING);
  });
});

describe('a reading that was entered in error, and then left out by its summary', () => {
  it('has a warning and a mark where a newer summary makes it current again', async () => {
    const { a, b, summary } = await retracted();
    const again = await accepted(homeward, at(withReadings(rebuilt(summary, 'again'), a, b), '12'));
    expect(told(again.json).join()).toContain('submission-retracted-before');
    expect((await record(homeward, again.submissionId)).review).toEqual([
      'What was entered in error is current again',
    ]);
  });

  it('has none where its own summary does', async () => {
    const { a, b, summary } = await retracted();
    const again = await accepted(
      homeward,
      at(withReadings(summary, a, b), '12').with('DocumentReference.description', 'Again'),
    );
    expect(told(again.json).join()).not.toContain('submission-retracted-before');
    expect(await count(homeward, searchOf(b))).toBe(1);
  });

  async function retracted(): Promise<{ a: string; b: string; summary: SummaryBuilder }> {
    const [a = '', b = ''] = names('a', 'b');
    const summary = freshSummary();
    const whole = withReadings(summary, a, b);
    await accepted(homeward, at(whole, '01'));
    await accepted(homeward, at(whole.with('Observation[1].status', 'entered-in-error'), '02'));
    await accepted(homeward, at(withReadings(summary, a), '03'));
    return { a, b, summary };
  }
});
