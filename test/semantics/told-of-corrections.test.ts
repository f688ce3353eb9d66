/**
 * Corrections that are stored as they say, and of which a person should know: a stay that goes to another organisation,
 * a second stay in the place of the first, readings that a retraction forgot.
 */
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshSummary, told, type Sent } from './sending';
import { reasons } from './story';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

/** What of the rule was said, and how many reasons there are for a review. */
const answerOf = async (sent: Sent, rule: string): Promise<[string[], number]> => [
  told(sent.json).filter((text) => text.includes(rule)),
  await reasons(homeward, sent),
];
const correct = async (first: SummaryBuilder, second: SummaryBuilder, rule: string) => {
  await accepted(homeward, first);
  return answerOf(await accepted(homeward, second.correction(2)), rule);
};
/** The same summary under the name of another trust, which it holds in one way or the other. */
const ofTrust = (summary: SummaryBuilder, code: string): SummaryBuilder =>
  summary.with('Organization.identifier[0].value', code).with('Organization.name', `Trust ${code}`);

describe('a stay and a document that become another organisation’s', () => {
  const RULE = 'submission-held-by-other';
  const WARNINGS = [`warning ${RULE} Bundle.entry[2].resource`, `warning ${RULE} Bundle.entry[3].resource`];

  it('are told in a correction, and marked for review', async () => {
    const first = freshSummary();
    expect(await correct(first, ofTrust(first, 'RX1'), RULE)).toEqual([WARNINGS, 1]);
  });

  it('are not where it is the same one, under a new name or by its code', async () => {
    const first = freshSummary();
    expect(await correct(first, first.with('Organization.name', 'A new name'), RULE)).toEqual([[], 0]);
    const second = freshSummary();
    const code = { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RR8' };
    const byCode = second.with('Encounter.serviceProvider', { identifier: code });
    expect((await correct(second, byCode, RULE))[0]).toEqual([]);
  });
});

describe('a correction under the same fullUrls with another number of the stay', () => {
  const RULE = 'submission-fullurl-of-other';
  const another = (summary: SummaryBuilder): SummaryBuilder =>
    summary.with('Encounter.identifier[0].value', `${JSON.stringify(summary.build().id)} again`);

  it('is marked for review where the stay is at another time', async () => {
    const first = freshSummary();
    const readmitted = another(first).with('Encounter.period', {
      start: '2025-03-10T20:00:00+00:00',
      end: '2025-03-12T10:00:00+00:00',
    });
    expect(await correct(first, readmitted, RULE)).toEqual([[`warning ${RULE} Bundle.entry[2].resource`], 1]);
  });

  it('is only told where the stay is the same by its time', async () => {
    const first = freshSummary();
    expect(await correct(first, another(first), RULE)).toEqual([
      [`warning ${RULE} Bundle.entry[2].resource`],
      0,
    ]);
  });
});

describe('a summary whose stay and document are entered in error', () => {
  const RULE = 'retracted-stay';
  const retracted = (summary: SummaryBuilder): SummaryBuilder =>
    summary.with('Encounter.status', 'entered-in-error').with('DocumentReference.status', 'entered-in-error');

  it('is told that its readings are not, with a review mark', async () => {
    const first = freshSummary();
    const [found, marks] = await correct(first, retracted(first), RULE);
    expect(found).toEqual([`warning ${RULE} Bundle.entry[2].resource.status`]);
    expect(marks).toBeGreaterThanOrEqual(1);
  });

  it('is not where the readings are retracted, too, or left out', async () => {
    const first = freshSummary().observations(1);
    const whole = retracted(first).with('Observation[0].status', 'entered-in-error');
    expect((await correct(first, whole, RULE))[0]).toEqual([]);
    const second = freshSummary();
    expect((await correct(second, retracted(second).observations(0), RULE))[0]).toEqual([]);
  });
});
