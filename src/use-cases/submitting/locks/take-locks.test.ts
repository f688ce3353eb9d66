import type { Queryable } from '../../../platform/postgres';
import { GROUPS, lockOn, takeLocks } from './take-locks';

/** The locks of a call: keys, and whether each is shared. */
async function taken(names: readonly string[]): Promise<{ key: string; shared: boolean }[]> {
  const calls: unknown[][] = [];
  const tx: Queryable = {
    query: async (_statement, values) => {
      calls.push(values as unknown[]);
      return [];
    },
  };
  await takeLocks(tx, new Set(names));
  const [[keys, shared]] = calls as [[string[], boolean[]]];
  return keys.map((key, index) => ({ key, shared: shared[index]! }));
}
const names = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => lockOn('4-resource', 'Location', String(from + index)));

describe('the locks of a submission', () => {
  it('are on names, in groups that it shares', async () => {
    const locks = await taken([
      lockOn('3-patient', 'p'),
      lockOn('1-bytes', 'RR8', 'ab'),
      lockOn('2-lineage', 'x'),
    ]);
    expect(locks.map(({ shared }) => shared)).toEqual([false, false, true, false]);
  });

  it('are on whole groups where there are many names, however many', async () => {
    for (const count of [GROUPS + 1, 20_000]) {
      const locks = await taken(names(count));
      expect(locks.length).toBeLessThanOrEqual(GROUPS);
      expect(locks.some(({ shared }) => shared)).toBe(false);
    }
  });

  it('keep those of many names and those of one apart', async () => {
    const many = new Set((await taken(names(1_000))).map(({ key }) => key));
    for (const name of names(20)) {
      const [group] = await taken([name]);
      expect(group).toEqual({ key: expect.any(String), shared: true });
      expect(many.has(group!.key)).toBe(true);
    }
  });

  it('come in one order, whatever the order of the names', async () => {
    const some = [...names(5), lockOn('6-shared', 'Organization', 'k'), lockOn('3-patient', 'p')];
    expect(await taken([...some].reverse())).toEqual(await taken(some));
  });
});
