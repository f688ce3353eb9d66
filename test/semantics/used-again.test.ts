/**
 * docs/submissions.md, "How resources are matched": a number of a document or stay that another summary uses again has
 * a warning and a review mark.
 */
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { names, withReadings } from './readings';
import {
  accepted,
  freshNhsNumber,
  freshSummary,
  read,
  stored,
  told,
  type AnyJson,
  type Sent,
} from './sending';
import { asTransaction, reasons, rebuilt, sentIn, withOneMore } from './story';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const PERIOD = 'Encounter.period';
const DOCUMENT_NUMBER = 'DocumentReference.masterIdentifier.value';
const later = (summary: SummaryBuilder, day = 12): SummaryBuilder =>
  summary.with('Bundle.meta.lastUpdated', `2025-05-${day}T10:00:00Z`);

/** The types whose number is said to be used again, and how many reasons there are to look at it. */
async function usedAgain(sent: Sent): Promise<[string[], number]> {
  const { json } = sent;
  const outcomes: AnyJson[] =
    json.type === undefined ? [json] : json.entry.map((each: AnyJson) => each.response.outcome);
  const places = outcomes.flatMap(told).filter((line) => line.includes('submission-number-used-again'));
  const types = await Promise.all(
    ['Encounter', 'DocumentReference'].map(async (type) => {
      const { index } = await stored(homeward, sent.submissionId, type);
      return places.some((line) => line.endsWith(`Bundle.entry[${index}].resource`)) ? type : '';
    }),
  );
  return [types.filter(Boolean), await reasons(homeward, sent)];
}

const NOTHING = [[], 0];

/** Summaries of two stays of one patient, whose documents have one number. */
function twoStays(): [first: SummaryBuilder, second: SummaryBuilder] {
  const of = freshNhsNumber();
  const first = freshSummary().nhsNumber(of);
  const number = (first.build().entry as AnyJson[]).find(
    ({ resource }) => resource.resourceType === 'DocumentReference',
  ).resource.masterIdentifier.value as string;
  return [first, later(freshSummary().nhsNumber(of).with(DOCUMENT_NUMBER, number))];
}

/** The document before the stay that it refers to. */
const documentFirst = (summary: SummaryBuilder): SummaryBuilder =>
  summary.changed((bundle) => {
    (bundle.entry as AnyJson[]).sort(
      (one, other) =>
        Number(other.resource.resourceType === 'DocumentReference') -
        Number(one.resource.resourceType === 'DocumentReference'),
    );
  });

describe('A number of a document that the summary of another stay uses', () => {
  it.each<[string, (second: SummaryBuilder) => SummaryBuilder]>([
    ['has a warning and a review mark', (second) => second],
    ['has them where the document comes before its stay', documentFirst],
    ['has them where the stay has no number', (second) => second.without('Encounter.identifier')],
  ])('%s', async (_what, change) => {
    const [first, second] = twoStays();
    expect(await usedAgain(await accepted(homeward, first))).toEqual(NOTHING);
    const again = await accepted(homeward, change(second));
    expect(await usedAgain(again)).toEqual([['DocumentReference'], 1]);
    expect(await stored(homeward, again.submissionId, 'DocumentReference')).toMatchObject({ version: 2 });
  });

  it('has them in a correction that takes the document back, while the other summary states it', async () => {
    const [first, second] = twoStays();
    await accepted(homeward, first);
    await accepted(homeward, second);
    const back = await accepted(homeward, later(first.correction(2), 15));
    expect(await usedAgain(back)).toEqual([['DocumentReference'], 1]);
  });

  it('has none in a correction, and can be put right by corrections of both', async () => {
    const [first, second] = twoStays();
    const before = await accepted(homeward, first);
    await accepted(homeward, second);
    const corrected = await accepted(homeward, later(second.correction(2), 13));
    expect(await usedAgain(corrected)).toEqual(NOTHING);
    const own = await accepted(homeward, later(second.correction(3).with(DOCUMENT_NUMBER, 'its own'), 14));
    const back = await accepted(homeward, later(first.correction(2), 15));
    expect((await usedAgain(back))[0]).toEqual([]);
    const [one, other] = [
      await stored(homeward, back.submissionId, 'DocumentReference'),
      await stored(homeward, own.submissionId, 'DocumentReference'),
    ];
    const stayOf = async (sent: Sent): Promise<string> =>
      `Encounter/${(await stored(homeward, sent.submissionId, 'Encounter')).id}`;
    expect((await read(homeward, one)).context.encounter[0].reference).toBe(await stayOf(before));
    expect((await read(homeward, other)).context.encounter[0].reference).toBe(await stayOf(own));
  });

  it.each<[string, (second: SummaryBuilder, first: SummaryBuilder) => SummaryBuilder]>([
    ['of the same stay again', (_second, first) => later(rebuilt(first, 'again'))],
    ['for a document of no stay', (second) => second.without('DocumentReference.context')],
  ])('has none %s', async (_what, change) => {
    const [first, second] = twoStays();
    await accepted(homeward, first);
    expect(await usedAgain(await accepted(homeward, change(second, first)))).toEqual(NOTHING);
  });

  it('has the warning of a retraction alone where the first document was entered in error', async () => {
    const [first, second] = twoStays();
    await accepted(homeward, first);
    await accepted(homeward, first.correction(2).with('DocumentReference.status', 'entered-in-error'));
    const again = await accepted(homeward, second);
    expect(await usedAgain(again)).toEqual([[], 1]);
    expect(told(again.json).join()).toContain('submission-retracted-before');
  });

  it('has none where the custodian takes over the document of its supplier', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary, { as: 'RX1' });
    expect(await usedAgain(await accepted(homeward, later(rebuilt(summary, 'own'))))).toEqual(NOTHING);
  });
});

/** A transaction that updates what has the number of its stay or document. */
const byCondition = (summary: SummaryBuilder, type: string): SummaryBuilder => {
  const { masterIdentifier, identifier } = sentIn(summary, type);
  const { system, value } = masterIdentifier ?? identifier[0];
  return asTransaction(summary, { [type]: { method: 'PUT', url: `${type}?identifier=${system}|${value}` } });
};

describe('a number of a reading that a correction uses for another one', () => {
  const toldOf = async (sent: Sent): Promise<unknown> => [
    told(sent.json).filter((line) => line.includes('submission-number-used-again')).length,
    await reasons(homeward, sent),
  ];

  it.each(['before', 'after'])(
    'has them where another summary states the first one (sent %s)',
    async (when) => {
      const [a = ''] = names('a');
      const first = withReadings(freshSummary(), a);
      const other = rebuilt(first, 'other');
      if (when === 'before') await accepted(homeward, later(other, 10));
      await accepted(homeward, later(first, 11));
      if (when === 'after') await accepted(homeward, later(other, 12));
      const changed = first.correction(2).with('Observation[0].effectiveDateTime', '2025-03-06T10:00:00Z');
      expect(await toldOf(await accepted(homeward, later(changed, 15)))).toEqual([1, 1]);
    },
  );

  it('has none where no other summary has it', async () => {
    const [a = ''] = names('a');
    const first = withReadings(freshSummary(), a);
    await accepted(homeward, later(first, 11));
    const changed = first.correction(2).with('Observation[0].effectiveDateTime', '2025-03-06T10:00:00Z');
    expect(await toldOf(await accepted(homeward, later(changed, 15)))).toEqual([0, 0]);
  });
});

describe('A number that a conditional update of another summary uses', () => {
  it('for a stay at another time has a warning and a review mark', async () => {
    const summary = freshSummary().with(PERIOD, { start: '2025-02-01', end: '2025-02-10' });
    await accepted(homeward, summary);
    const other = later(rebuilt(summary, 'again')).with(PERIOD, { start: '2025-04-10', end: '2025-04-14' });
    const again = await accepted(homeward, byCondition(other, 'Encounter'), { path: '/FHIR/R4' });
    expect(await usedAgain(again)).toEqual([['Encounter'], 1]);
  });

  it('for a document of another stay has a warning and a review mark', async () => {
    const [first, second] = twoStays();
    await accepted(homeward, first);
    const again = await accepted(homeward, byCondition(second, 'DocumentReference'), { path: '/FHIR/R4' });
    expect(await usedAgain(again)).toEqual([['DocumentReference'], 1]);
  });

  it.each<[string, AnyJson, number]>([
    ['another allergy has a warning and a review mark', { text: 'Latex' }, 1],
    ['the same allergy has none', { text: 'penicillin ' }, 0],
  ])('for %s', async (_what, code, times) => {
    const of = freshNhsNumber();
    const id = `${of}-1`;
    const allergyIn = (summary: SummaryBuilder, code: AnyJson): SummaryBuilder => {
      const identifier = [{ system: 'https://trust.example.nhs.uk/allergy', value: id }];
      const whole = withOneMore(summary, (patient) => ({
        resourceType: 'AllergyIntolerance',
        identifier,
        clinicalStatus: {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' },
          ],
        },
        code,
        patient,
      }));
      return byCondition(whole, 'AllergyIntolerance');
    };
    const path = '/FHIR/R4';
    await accepted(homeward, allergyIn(freshSummary().nhsNumber(of), { text: 'Penicillin' }), { path });
    const other = later(freshSummary().nhsNumber(of));
    const sent = await accepted(homeward, allergyIn(other, code), { path });
    const outcomes = sent.json.entry.flatMap((each: AnyJson) => told(each.response.outcome));
    expect(outcomes.filter((line: string) => line.includes('number-used-again'))).toHaveLength(times);
    expect(await reasons(homeward, sent)).toBe(times);
  });

  it.each(['Encounter', 'DocumentReference'])('for the same %s has none', async (type) => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    const same = byCondition(later(rebuilt(summary, 'again')), type);
    expect(await usedAgain(await accepted(homeward, same, { path: '/FHIR/R4' }))).toEqual(NOTHING);
  });
});

describe('A number of a stay that another summary uses at another time', () => {
  it.each([
    ['2025-02-01', '2025-02-10', '2025-04-10', '2025-04-14', true],
    ['2025-02-01T10:00:00Z', '2025-02-10', '2025-04-10T10:00:00Z', '2025-04-14', true],
    ['2025-02', '2025-02', '2025-03', '2025-03', true],
    ['2025-02-01', '2025-02-10', '2025-02-10', '2025-02-12', false],
    ['2025-02-01', '2025-02-10', '2025-02-10T23:30:00Z', '2025-02-12', false],
    ['2025-02-01', '2025-02', '2025-02-20', '2025-02-22', false],
  ])('%s to %s, then %s to %s: %p', async (start, end, nextStart, nextEnd, isTold) => {
    const summary = freshSummary();
    await accepted(homeward, summary.with(PERIOD, { start, end }));
    const again = later(rebuilt(summary, 'again')).with(PERIOD, { start: nextStart, end: nextEnd });
    const [types] = await usedAgain(await accepted(homeward, again));
    expect(types).toEqual(isTold ? ['Encounter'] : []);
  });

  it('has a review mark in a correction under one fullUrl, also by dates', async () => {
    const summary = freshSummary().with(PERIOD, { start: '2025-02-01', end: '2025-02-10' });
    await accepted(homeward, summary);
    const moved = summary
      .correction(2)
      .with('Encounter.identifier[0].value', 'another stay')
      .with(PERIOD, { start: '2025-04-10', end: '2025-04-14' });
    expect(await reasons(homeward, await accepted(homeward, moved))).toBe(1);
  });
});
