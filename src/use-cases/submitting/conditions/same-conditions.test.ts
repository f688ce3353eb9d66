import { growth, IN_PROPORTION } from '../../../../test/support/growth';
import { sameByCondition } from './same-conditions';
import type { EntryRequest } from '../steps';

const creating = (index: number, value: string): EntryRequest => ({
  index,
  resource: { resourceType: 'Basic', identifier: [{ system: 'urn:x', value }] },
  ifNoneExist: `identifier=urn:x|${value}`,
});

describe('conditions of one transaction', () => {
  it('that ask for one thing lead to the first entry that brings it', () => {
    const same = sameByCondition(
      [creating(0, 'a'), creating(1, 'b'), creating(2, 'a'), creating(3, 'a')],
      new Map(),
    );
    expect(same.ok && [...same.value]).toEqual([
      [2, 0],
      [3, 0],
    ]);
  });

  it('are told apart in linear time, ten thousand of them', () => {
    const requestsOf = (count: number): EntryRequest[] =>
      Array.from({ length: count }, (_, index) => creating(index, `v${index}`));
    const same = sameByCondition(requestsOf(10_000), new Map());
    expect(same.ok && same.value.size).toBe(0);
    const tell = (requests: EntryRequest[]): unknown => sameByCondition(requests, new Map());
    expect(growth(requestsOf, tell, 10_000)).toBeLessThan(IN_PROPORTION);
  });
});
