/** What is stored by a Bundle that does not say when its content was made, and content that was made before it came. */
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { names, searchOf, withReadings } from './readings';
import { accepted, freshNhsNumber, freshSummary, record, told, type AnyJson, type Sent } from './sending';
import { at, of } from './statements';
import { asTransaction, rebuilt } from './story';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const MARK = 'Content replaces what was stored after it was made, by a submission without a time';
const seen = async ({ json, submissionId }: Sent): Promise<unknown> => [
  told(json).filter((line) => line.includes('submission-order-unknown')).length,
  ((await record(homeward, submissionId)).review ?? []).filter((reason: string) => reason === MARK),
];

describe('content that takes the place of what came without a time', () => {
  const [first = '', second = ''] = names('a', 'b');
  const base = freshSummary();
  const stayIs = async (reading: string): Promise<string> => {
    const [{ resource }] = (await homeward.call('GET', `/FHIR/R4/${searchOf(reading)}`)).json
      .entry as AnyJson[];
    return (await homeward.call('GET', `/FHIR/R4/${resource.encounter.reference}`)).json.status;
  };

  it('has a warning and a review mark where it was made before that came', async () => {
    await accepted(homeward, at(withReadings(base, first).with('Encounter.status', 'in-progress'), '04'));
    const final = asTransaction(rebuilt(withReadings(base, first), 'final')).without('Bundle.meta');
    await accepted(homeward, final, { path: '/FHIR/R4' });
    expect(await stayIs(first)).toBe('finished');
    const interim = rebuilt(withReadings(base, first, second), 'interim').with(
      'Encounter.status',
      'in-progress',
    );
    const sent = await accepted(homeward, at(interim, '05'));
    expect([await stayIs(first), await seen(sent)]).toEqual(['in-progress', [1, [MARK]]]);
  });

  it.each<[string, Date | undefined]>([
    ['was made since', new Date(Date.now() + 60_000)],
    ['has no time either', undefined],
  ])('has none where it %s', async (_what, made) => {
    const summary = freshSummary();
    await accepted(homeward, summary.without('Bundle.meta'));
    const next = rebuilt(summary, 'next').with('Encounter.status', 'in-progress');
    expect(await seen(await accepted(homeward, made ? at(next, made) : next.without('Bundle.meta')))).toEqual(
      [0, []],
    );
  });
});

describe('a Patient that a summary without a time states again', () => {
  const living = (nhsNumber: string, city: string): SummaryBuilder =>
    of(nhsNumber).with('Patient.address[0].city', city);

  it.each<[string, (of: { dated: SummaryBuilder; again: SummaryBuilder }) => SummaryBuilder]>([
    ['another summary', ({ again }) => again],
    ['a later version of the same', ({ dated }) => dated.correction(2)],
  ])('is not turned back without a word by what was made before that came: %s', async (_what, which) => {
    const n = freshNhsNumber();
    const dated = living(n, 'York');
    await accepted(homeward, dated.with('Bundle.meta.lastUpdated', '2025-05-04T12:00:00Z'));
    await accepted(homeward, which({ dated, again: living(n, 'York') }).without('Bundle.meta.lastUpdated'));
    const sent = await accepted(homeward, at(living(n, 'Ely'), '05'));
    expect(await seen(sent)).toEqual([1, [MARK]]);
  });

  it('has no warning where the newest statement of it is of the same summary', async () => {
    const n = freshNhsNumber();
    const [first, summary] = [living(n, 'York'), living(n, 'York')];
    await accepted(homeward, at(first, '04'));
    await accepted(homeward, summary.without('Bundle.meta.lastUpdated'));
    const next = at(summary.correction(2).with('Patient.address[0].city', 'Ely'), '05');
    expect(await seen(await accepted(homeward, next.with('Bundle.meta.versionId', '2')))).toEqual([0, []]);
  });
});
