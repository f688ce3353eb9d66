/** What is stored by a Bundle that does not say when its content was made, and content that was made before it came. */
import { startHomeward, type Homeward } from '../support/homeward';
import { names, searchOf, withReadings } from './readings';
import { accepted, freshSummary, record, told, type AnyJson, type Sent } from './sending';
import { at } from './statements';
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
