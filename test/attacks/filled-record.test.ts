/**
 * A correction and a retraction of one organisation are accepted, however much another organisation has stored about the
 * patient. What is looked for only to warn has a time of its own.
 */
import { Client } from 'pg';
import type { SummaryBuilder } from '../fixtures/summary';
import { withReadings } from '../semantics/readings';
import { lookWithinTime } from '../../src/use-cases/submitting/stored-before/refers-to';
import {
  accepted,
  freshNhsNumber,
  freshSummary,
  record,
  send,
  stored,
  told,
  type Sent,
} from '../semantics/sending';
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

/** Changes what is stored, as no request can. */
const change = (text: string, values: readonly unknown[]): Promise<void> =>
  homeward.app.database.transaction(async (tx) => {
    await tx.query({ text: 'SET LOCAL session_replication_role = replica' });
    await tx.query({ text }, values);
  });

/** Gives stored readings a note of many megabytes. */
const grow = (
  which: string,
  { values, megabytes, text = '' }: { values: readonly unknown[]; megabytes: number; text?: string },
): Promise<void> =>
  change(
    `UPDATE observation SET content = left(content, -1) || ',"note":[{"text":"${text}"},{"text":"'
      || repeat('a', ${megabytes * 1024 * 1024}) || '"}]}' WHERE ${which}`,
    values,
  );

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

describe('what others have stored under the numbers of a summary, about another patient', () => {
  it('is not read, however large it is, and the sender is warned', async () => {
    const summary = freshSummary();
    const other = await accepted(homeward, rebuilt(summary, 'other').nhsNumber(freshNhsNumber()), {
      as: 'RX1',
    });
    await change(`UPDATE observation SET content = 'not read' WHERE submission_id = $1`, [
      other.submissionId,
    ]);
    const sent = await accepted(homeward, summary);
    expect(told(sent.json).join()).toContain('warning submission-identifier-of-other');
  });
});

describe('what a sender has stored of a patient under the same numbers', () => {
  const MEGABYTES = 65;

  it('is refused with a sentence where it is too large to be replaced', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    await grow(`submission_id = $1 AND id = (SELECT id FROM observation WHERE submission_id = $1 LIMIT 1)`, {
      values: [first.submissionId],
      megabytes: MEGABYTES,
    });
    const sent = await send(homeward, summary.correction(2));
    expect([sent.status, told(sent.json).join()]).toEqual([
      422,
      expect.stringContaining('error submission-too-costly'),
    ]);
  });

  it('is replaced where only what others have stored is too large', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    const other = await accepted(homeward, rebuilt(summary, 'other'), { as: 'RX1' });
    await grow(`submission_id = $1 AND id = (SELECT id FROM observation WHERE submission_id = $1 LIMIT 1)`, {
      values: [other.submissionId],
      megabytes: MEGABYTES,
    });
    await accepted(homeward, summary.correction(2).with('Encounter.language', 'cy'));
  });
});

describe('a retraction of a stay to which a very large resource of another organisation refers', () => {
  /** A stay of RR8, and a large reading of RX1 that refers to it. */
  async function referredTo(): Promise<SummaryBuilder> {
    const summary = freshSummary();
    const first = await accepted(homeward, at(summary, '01'));
    const other = await accepted(homeward, at(rebuilt(summary, 'other'), '02'), { as: 'RX1' });
    const { id } = await stored(homeward, first.submissionId, 'Encounter');
    await grow(`submission_id = $1 AND id = (SELECT id FROM observation WHERE submission_id = $1 LIMIT 1)`, {
      values: [other.submissionId],
      megabytes: 17,
      text: `Encounter/${id}`,
    });
    return summary;
  }
  const marks = async ({ submissionId }: Sent): Promise<string> =>
    ((await record(homeward, submissionId)).review ?? []).join();

  it('tells of the readings of the sender that stay', async () => {
    const summary = await referredTo();
    await accepted(homeward, at(withReadings(rebuilt(summary, 'one more'), 'stays'), '03'));
    const gone = await accepted(homeward, at(retracted(summary), '04'));
    expect(told(gone.json).join()).toContain('warning submission-readings-stay');
    expect(await marks(gone)).toContain('other data that came with it is not');
  });

  it('has a review mark that it was not looked at, where there is nothing else', async () => {
    const gone = await accepted(homeward, at(retracted(await referredTo()), '04'));
    expect(await marks(gone)).toContain('was not found out, because the record of the patient is too large');
  });
});
