import type { Queryable } from '../../../platform/postgres';
import { lockOn, MOST_NAMES, takeLocks, takesLocks } from './take-locks';

/** The advisory locks and the rows that are taken. */
async function taken(names: readonly string[]): Promise<{ keys: string[]; rows: number[] }> {
  const found: { keys: string[]; rows: number[] } = { keys: [], rows: [] };
  const tx: Queryable = {
    query: async (statement, [keys, rows] = []) => {
      expect(takesLocks(statement)).toBe(true);
      found.keys.push(...(keys as string[]));
      found.rows.push(...(rows as number[]));
      return [];
    },
  };
  await takeLocks(tx, new Set(names));
  return found;
}
const names = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => lockOn('4-resource', 'Location', String(from + index)));

describe('the locks of a submission', () => {
  it('are on names, and on rows for those that many submissions may have', async () => {
    const { keys, rows } = await taken([
      lockOn('3-patient', 'p'),
      lockOn('1-bytes', 'RR8', 'ab'),
      lockOn('2-lineage', 'x'),
    ]);
    expect([keys.length, rows.length]).toEqual([3, 1]);
  });

  it('are on rows alone where there are many names of a class', async () => {
    for (const count of [MOST_NAMES + 1, 20_000]) {
      const { keys, rows } = await taken([...names(count), lockOn('3-patient', 'p')]);
      expect(keys).toHaveLength(1);
      expect(rows.length).toBeGreaterThan(0.9 * count);
    }
  });

  it('keep those of many names and those of one apart', async () => {
    const many = new Set((await taken(names(1_000))).rows);
    for (const name of names(20)) {
      const { rows } = await taken([name]);
      expect(rows.map((row) => many.has(row))).toEqual([true]);
    }
  });

  it('come in one order, whatever the order of the names', async () => {
    const some = [...names(5), lockOn('6-shared', 'Organization', 'k'), lockOn('3-patient', 'p')];
    expect(await taken([...some].reverse())).toEqual(await taken(some));
  });
});
