/** A correction that is the first to give a stay or reading its number, which another summary has stored already. */
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { names, searchOf, withReadings } from './readings';
import { accepted, count, freshSummary, send, stored, told, type AnyJson } from './sending';
import { at } from './statements';
import { rebuilt, sentIn, status } from './story';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const isTold = (json: AnyJson): boolean => told(json).join().includes('submission-fullurl-of-other');

describe('a number that a correction gives first', () => {
  it('makes a reading the next version of what another summary has stored under it', async () => {
    const [a = ''] = names('a');
    const numbered = withReadings(freshSummary(), a);
    await accepted(homeward, at(numbered.without('Observation[0].identifier'), '01'));
    await accepted(homeward, at(rebuilt(numbered, 'other'), '03'));
    const sent = await accepted(
      homeward,
      at(numbered.with('Observation[0].note', [{ text: 'At rest' }]), '04'),
    );
    expect([await count(homeward, searchOf(a)), isTold(sent.json)]).toEqual([1, true]);
    const [reading] = (await homeward.call('GET', `/FHIR/R4/${searchOf(a)}`)).json.entry;
    expect(reading.resource.note).toEqual([{ text: 'At rest' }]);
    expect(await readingsOfStay(reading.resource)).toBe(1);
  });

  it('makes a stay the next version of what another summary has stored under it, and withdraws the one without', async () => {
    const numbered = freshSummary();
    const { system, value } = sentIn(numbered, 'Encounter').identifier[0];
    const first = await accepted(homeward, at(numbered.without('Encounter.identifier'), '01'));
    await accepted(homeward, at(rebuilt(numbered, 'other'), '03'));
    const sent = await accepted(homeward, at(numbered.with('Encounter.language', 'cy'), '04'));
    expect([await count(homeward, `Encounter?identifier=${system}|${value}`), isTold(sent.json)]).toEqual([
      1,
      true,
    ]);
    const [stay] = await storedStays(first.submissionId);
    expect(await status(homeward, `Encounter/${stay}`)).toBe(410);
  });

  it('is that of the reading itself where no other summary has it', async () => {
    const [a = ''] = names('a');
    const numbered: SummaryBuilder = withReadings(freshSummary(), a);
    await accepted(homeward, at(numbered.without('Observation[0].identifier'), '01'));
    const sent = await accepted(homeward, at(numbered, '04'));
    const [reading] = (await homeward.call('GET', `/FHIR/R4/${searchOf(a)}`)).json.entry;
    expect([reading.resource.meta.versionId, isTold(sent.json)]).toEqual(['2', false]);
  });

  it.each(['batch', 'transaction'])(
    'is refused in an update by id where another reading of the patient has it (%s)',
    async (type) => {
      const [a = ''] = names('a');
      const numbered = withReadings(freshSummary(), a);
      const first = await accepted(homeward, numbered.without('Observation[0].identifier'));
      await accepted(homeward, rebuilt(numbered, 'other'));
      const { id } = await stored(homeward, first.submissionId, 'Observation');
      const reading = (await homeward.call('GET', `/FHIR/R4/Observation/${id}`)).json;
      const { identifier } = sentIn(numbered, 'Observation');
      const entry = [
        { resource: { ...reading, identifier }, request: { method: 'PUT', url: `Observation/${id}` } },
      ];
      const { status: answered, json } = await send(
        homeward,
        { resourceType: 'Bundle', type, entry },
        { path: '/FHIR/R4' },
      );
      const outcome = type === 'batch' ? json.entry[0].response.outcome : json;
      expect([answered, told(outcome)[0]]).toEqual([
        type === 'batch' ? 200 : 409,
        expect.stringContaining('error submission-identifier-moves'),
      ]);
    },
  );

  const readingsOfStay = ({ encounter }: AnyJson): Promise<number> =>
    count(homeward, `Observation?encounter=${encounter.reference}`);
  const storedStays = async (submission: string): Promise<string[]> =>
    (
      await homeward.app.database.query<{ id: string }>(
        {
          text: `SELECT entry ->> 'id' AS id FROM submission, jsonb_array_elements(stored) AS entry
            WHERE submission.id = $1 AND entry ->> 'type' = 'Encounter'`,
        },
        [submission],
      )
    ).map(({ id }) => id);
});
