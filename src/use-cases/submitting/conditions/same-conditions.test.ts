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

  it('are told apart in a moment, ten thousand of them', () => {
    const requests = Array.from({ length: 10_000 }, (_, index) => creating(index, `v${index}`));
    const began = performance.now();
    const same = sameByCondition(requests, new Map());
    expect(same.ok && same.value.size).toBe(0);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
