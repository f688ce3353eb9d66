import type { Anchor } from './anchor';
import { createAnchors } from './anchors';

const head = { head: '{}', signature: '' };

describe('anchors', () => {
  it('are each offered what they missed, and one that fails is named with the time since when', async () => {
    let isAway = true;
    const kept: string[] = [];
    const problems: string[] = [];
    const anchor = (name: string, fails: () => boolean): Anchor => ({
      name,
      keep: async () => {
        if (fails()) throw new Error('away');
        kept.push(name);
      },
      heads: async () => [],
    });
    const anchors = createAnchors(
      [anchor('/sound', () => false), anchor('/mnt/worm', () => isAway)],
      () => new Date(5_000),
      (text) => problems.push(text),
    );
    anchors.offer(head);
    await anchors.hand();
    await anchors.hand();
    expect(anchors.states()).toEqual([
      { name: '/sound' },
      { name: '/mnt/worm', failingSince: new Date(5_000) },
    ]);
    // Said once a minute, not at each try.
    expect(problems).toEqual([expect.stringContaining('/mnt/worm')]);
    isAway = false;
    await anchors.hand();
    expect(kept).toEqual(['/sound', '/mnt/worm']);
    expect(anchors.states()).toEqual([{ name: '/sound' }, { name: '/mnt/worm' }]);
  });
});
