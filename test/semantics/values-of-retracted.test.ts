/** What a summary under the wrong NHS number leaves on the patient when it is retracted, and who is told. */
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
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
import { alive, at, dead, family, retracted, type Change } from './statements';
import { reasons } from './story';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const named = family('Threlkeld');

const OTHER = { as: 'RX1' };
const ruleOf = ({ json }: Sent): string[] => told(json).filter((line) => /submission-/.test(line));
const patientOf = async ({ submissionId }: Sent): Promise<AnyJson> =>
  read(homeward, await stored(homeward, submissionId, 'Patient'));

/** Sends the summary of the patient, of another sender, and one that is wrong under the same number, in this order. */
async function sendBoth(order: string, wrongly: Change): Promise<SummaryBuilder> {
  const nhsNumber = freshNhsNumber();
  const right = freshSummary().nhsNumber(nhsNumber);
  const wrong = wrongly(freshSummary().observations(0).nhsNumber(nhsNumber));
  if (order === 'before') await accepted(homeward, at(wrong, '01'));
  await accepted(homeward, at(right, '02'), OTHER);
  if (order === 'after') await accepted(homeward, at(wrong, '03'));
  return wrong;
}

describe.each(['before', 'after'])(
  'a death under the wrong NHS number, sent %s the right summary',
  (order) => {
    it.each<[string, Change]>([
      ['the summary is retracted and says it again', retracted],
      ['the summary is retracted without it', (wrong) => retracted(wrong).without('Patient.deceasedBoolean')],
      ['the correction leaves it out', (wrong) => wrong.without('Patient.deceasedBoolean')],
    ])('stays and is marked for review where %s', async (_what, change) => {
      const wrong = await sendBoth(order, dead);
      const sent = await accepted(homeward, at(change(wrong), '05'));
      expect((await patientOf(sent)).deceasedBoolean).toBe(true);
      expect(ruleOf(sent).join()).toContain('warning submission-value-kept');
      expect(await reasons(homeward, sent)).toBeGreaterThan(0);
    });

    it('is taken back by a retraction that says so, which leaves the name of the patient as it is', async () => {
      const wrong = await sendBoth(order, (summary) => named(dead(summary)));
      const sent = await accepted(homeward, at(alive(retracted(wrong)), '05'));
      const { deceasedBoolean, name } = await patientOf(sent);
      expect(deceasedBoolean).toBe(false);
      expect(name[0].family).toBe(order === 'before' ? "O'Brien" : 'Threlkeld');
      expect(await reasons(homeward, sent)).toBeGreaterThan(0);
    });
  },
);

describe('a retraction that states the Patient again', () => {
  it('does not put a wrong name in the place of a right one that came since', async () => {
    const wrong = await sendBoth('before', named);
    const sent = await accepted(homeward, at(retracted(wrong), '05'));
    expect((await patientOf(sent)).name[0].family).toBe("O'Brien");
    expect(await reasons(homeward, sent)).toBe(0);
  });

  it('tells which values stay that no other submission has given', async () => {
    const wrong = await sendBoth('after', named);
    const sent = await accepted(homeward, at(retracted(wrong), '05'));
    expect((await patientOf(sent)).name[0].family).toBe('Threlkeld');
    const { json } = await homeward.call('GET', `/submissions/${sent.submissionId}`);
    expect(json.review.reasons).toEqual([expect.stringMatching(/no other submission gives: name$/)]);
  });

  it('says nothing of values that another submission says, too', async () => {
    const wrong = await sendBoth('before', (summary) => summary);
    const sent = await accepted(homeward, at(retracted(wrong), '05'));
    expect(await reasons(homeward, sent)).toBe(0);
    // What it says to the sender does not depend on others.
    expect(ruleOf(sent).join()).toContain('information submission-value-kept');
  });

  it('says nothing of values where no other submission has the patient', async () => {
    const summary = freshSummary().observations(0);
    await accepted(homeward, at(summary, '01'));
    const sent = await accepted(homeward, at(retracted(summary), '05'));
    expect(await reasons(homeward, sent)).toBe(0);
  });
});

describe('a death that is taken back in words, by a submission that comes after a newer one', () => {
  /** A death of day 5, a summary of day 9 that is silent, and then another of this day. */
  async function after(day: string, who: 'the same' | 'another'): Promise<Sent> {
    const nhsNumber = freshNhsNumber();
    const first = freshSummary().observations(0).nhsNumber(nhsNumber);
    await accepted(homeward, at(dead(first), '05'));
    await accepted(homeward, at(freshSummary().nhsNumber(nhsNumber), '09'), OTHER);
    if (who === 'the same') return accepted(homeward, at(alive(first), day));
    return accepted(homeward, at(alive(freshSummary().observations(0).nhsNumber(nhsNumber)), day), {
      as: 'RX2',
    });
  }

  it('is taken back by the lineage that alone has said it', async () => {
    const sent = await after('07', 'the same');
    expect((await patientOf(sent)).deceasedBoolean).toBe(false);
    expect(await reasons(homeward, sent)).toBeGreaterThan(0);
  });

  it('is taken back by another who says the newest of it, and is marked for review', async () => {
    const sent = await after('07', 'another');
    expect((await patientOf(sent)).deceasedBoolean).toBe(false);
    expect(ruleOf(sent).join()).toContain('submission-death-changed');
    expect(await reasons(homeward, sent)).toBeGreaterThan(0);
  });

  it('stays without a mark where the other was made before the death', async () => {
    const sent = await after('03', 'another');
    expect((await patientOf(sent)).deceasedBoolean).toBe(true);
    expect(await reasons(homeward, sent)).toBe(0);
  });
});
