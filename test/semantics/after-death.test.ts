/** A stay or reading after a death that is stored: likely of somebody else, so a person looks at it. */
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshNhsNumber, freshSummary, told, type Sent } from './sending';
import { about, known, post, reasons } from './story';
import { transact } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const RULE = /warning submission-after-death/;
const isMarked = async (sent: Sent): Promise<[boolean, boolean]> => {
  const outcomes = sent.json.resourceType === 'Bundle' ? [sent.json.entry[0].response.outcome] : [sent.json];
  return [outcomes.flatMap(told).some((line) => RULE.test(line)), (await reasons(homeward, sent)) > 0];
};
const died = async (nhsNumber: string, when: string): Promise<void> => {
  const summary = freshSummary().nhsNumber(nhsNumber).with('Patient.deceasedDateTime', when);
  await accepted(homeward, summary);
};
/** Another sender's stay, from 3 to 10 March 2025, of a Patient of whom it says nothing of death. */
const later = (nhsNumber: string): SummaryBuilder => about({ nhsNumber });

describe('a stay after the death that another submission has recorded', () => {
  it('has a warning and a review mark', async () => {
    const nhsNumber = freshNhsNumber();
    await died(nhsNumber, '2025-03-01');
    const sent = await accepted(homeward, later(nhsNumber), { as: 'RX1' });
    expect(await isMarked(sent)).toEqual([true, true]);
  });

  it('has none where the death is in the stay, or has no date', async () => {
    for (const element of ['deceasedDateTime', 'deceasedBoolean']) {
      const nhsNumber = freshNhsNumber();
      const value = element === 'deceasedBoolean' ? true : '2025-03-10';
      await accepted(homeward, about({ nhsNumber }).with(`Patient.${element}`, value));
      const sent = await accepted(homeward, later(nhsNumber), { as: 'RX1' });
      expect(await isMarked(sent)).toEqual([false, false]);
    }
  });

  it('has none where the submission takes the death back, which has a warning of its own', async () => {
    const nhsNumber = freshNhsNumber();
    await died(nhsNumber, '2025-03-01');
    const alive = later(nhsNumber).with('Patient.deceasedBoolean', false);
    const sent = await accepted(homeward, alive, { as: 'RX1' });
    expect((await isMarked(sent))[0]).toBe(false);
  });

  it('has none where it is retracted', async () => {
    const nhsNumber = freshNhsNumber();
    await died(nhsNumber, '2025-03-01');
    const summary = later(nhsNumber).observations(0).with('Encounter.status', 'entered-in-error');
    const sent = await accepted(homeward, summary, { as: 'RX1' });
    expect((await isMarked(sent))[0]).toBe(false);
  });
});

describe('a reading after the death that another submission has recorded', () => {
  it('has a warning and a review mark in a transaction, too', async () => {
    const dead = (summary: SummaryBuilder): SummaryBuilder =>
      summary.with('Patient.deceasedDateTime', '2025-03-11');
    const { patient, encounter, observation } = await known(homeward, dead);
    const { json } = await homeward.call('GET', `/FHIR/R4/${observation}`);
    const { id: _id, meta: _meta, identifier: _name, hasMember: _has, ...reading } = json;
    const effectiveDateTime = '2025-04-01T10:00:00Z';
    const subject = { reference: patient };
    const again = post({ ...reading, subject, effectiveDateTime, encounter: { reference: encounter } });
    const sent = await transact(homeward, 'RX1', again);
    expect([sent.status, ...told(sent.json)]).toEqual([200]);
    expect(await isMarked(sent)).toEqual([true, true]);
  });
});
