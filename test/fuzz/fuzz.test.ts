/**
 * A short fuzz run: mutated summaries, as JSON and XML, through the real server. `npm run test:fuzz` makes long ones.
 * @see docs/fuzzing.md
 */
import { startHomeward, type Homeward } from '../support/homeward';
import { fuzzCase } from './fuzz-case';
import { tryCase, type Send } from './judge-answer';

const SEED = 20_250_310;
const CASES = 100;

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const send: Send = (method, path, headers, body) =>
  homeward.call(method, path, { headers, ...(body && { body }) });

describe('mutated summaries', () => {
  it('are answered as the contract says, and what is accepted is valid R4 in a second opinion', async () => {
    const wrong: { index: number; done: string[]; wrong: string[] }[] = [];
    const outcomes = new Set<string>();
    for (let index = 0; index < CASES; index++) {
      const mutated = fuzzCase(SEED, index);
      const verdict = await tryCase(mutated, send, {
        readsBack: true,
        accept: index % 5 === 0 ? 'xml' : 'json',
      });
      outcomes.add(verdict.outcome);
      if (verdict.wrong.length > 0) wrong.push({ index, done: mutated.done, wrong: verdict.wrong });
    }
    expect(wrong).toEqual([]);
    expect([...outcomes]).toEqual(expect.arrayContaining(['accepted', 'refused', 'unreadable', 'validated']));
  });

  it('are the same at every run', () => {
    expect(fuzzCase(SEED, 7)).toEqual(fuzzCase(SEED, 7));
  });
});
