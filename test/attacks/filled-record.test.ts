/**
 * A correction and a retraction of one organisation are accepted, however much another organisation has stored about the
 * patient. What is looked for only to warn has a time of its own.
 */
import { Client } from 'pg';
import { lookWithinTime } from '../../src/use-cases/submitting/stored-before/refers-to';
import { accepted, freshSummary, record, type Sent } from '../semantics/sending';
import { at, retracted } from '../semantics/statements';
import { rebuilt } from '../semantics/story';
import { startHomeward, type Homeward } from '../support/homeward';

interface Asked {
  name?: string;
}

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

describe('a look that is out of time', () => {
  it('finds nothing out, and the transaction goes on with its own limit', async () => {
    await homeward.app.database.transaction(async (tx) => {
      const limit = async (): Promise<unknown> => (await tx.query({ text: 'SHOW statement_timeout' }))[0];
      const before = await limit();
      expect(await lookWithinTime(tx, { text: 'SELECT pg_sleep($1)' }, [30])).toBeUndefined();
      expect(await lookWithinTime(tx, { text: 'SELECT $1::int AS one' }, [1])).toEqual([{ one: 1 }]);
      expect(await limit()).toEqual(before);
    });
  });

  it('passes on every other error', async () => {
    const wrong = homeward.app.database.transaction((tx) =>
      lookWithinTime(tx, { text: 'SELECT 1 / $1::int' }, [0]),
    );
    await expect(wrong).rejects.toMatchObject({ code: '22012' });
  });
});

describe('a correction and a retraction for a patient whose record cannot be looked through in time', () => {
  const NOT_LOOKED_FOR = /was not found out, because the record of the patient is too large/;
  /** Puts one that takes too long in the place of the statements that look. */
  async function whileSlow<T>(work: () => Promise<T>): Promise<T> {
    const asked: string[] = [];
    const { query: ask } = Client.prototype as unknown as { query: (...what: Asked[]) => unknown };
    const slow = jest.spyOn(Client.prototype, 'query').mockImplementation(function (
      this: Client,
      ...what: Asked[]
    ) {
      const [one] = what;
      if (one?.name !== undefined && /^(still_referred_to|left_by_retraction)/.test(one.name)) {
        asked.push(one.name);
        Object.assign(one, { name: undefined, text: 'SELECT pg_sleep(30)', values: [] });
      }
      return ask.apply(this, what);
    } as never);
    const done = await work().finally(() => slow.mockRestore());
    expect(asked).toHaveLength(1);
    return done;
  }
  const reasons = async ({ submissionId }: Sent): Promise<string> =>
    ((await record(homeward, submissionId)).review ?? []).join();

  it('are accepted, with a review mark', async () => {
    const summary = freshSummary();
    await accepted(homeward, at(summary, '01'));
    const renamed = at(rebuilt(summary), '03')
      .with('Encounter.identifier[0].value', 'renamed')
      .with('DocumentReference.masterIdentifier.value', 'renamed');
    const corrected = await whileSlow(() => accepted(homeward, renamed));
    expect(await reasons(corrected)).toMatch(NOT_LOOKED_FOR);
    const gone = await whileSlow(() => accepted(homeward, at(retracted(renamed), '04')));
    expect(await reasons(gone)).toMatch(NOT_LOOKED_FOR);
  });

  it('have no such mark otherwise', async () => {
    const summary = freshSummary();
    await accepted(homeward, at(summary, '01'));
    const gone = await accepted(homeward, at(retracted(summary), '04'));
    expect(await reasons(gone)).not.toMatch(NOT_LOOKED_FOR);
  });
});
