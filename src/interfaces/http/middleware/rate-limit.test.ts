import { rateLimit } from './rate-limit';

describe('a limit of three requests a minute', () => {
  it('lets three of each client through, and tells the fourth how long to wait', () => {
    let now = 1_000_000;
    const limit = rateLimit(3, () => now);
    expect([1, 2, 3].map(() => limit.count('a'))).toEqual([0, 0, 0]);
    now += 20_000;
    expect([limit.count('a'), limit.count('b')]).toEqual([40, 0]);
  });

  it('begins again when the minute is over', () => {
    let now = 0;
    const limit = rateLimit(3, () => now);
    for (let each = 0; each < 10; each += 1) limit.count('a');
    now = 60_000;
    expect(limit.count('a')).toBe(0);
  });

  it('of nought is none', () => {
    const limit = rateLimit(0, () => 0);
    expect(Array.from({ length: 1000 }, () => limit.count('a')).every((wait) => wait === 0)).toBe(true);
  });

  it('forgets strangers that change their names without end', () => {
    const limit = rateLimit(1, () => 0);
    limit.count('first');
    for (let each = 0; each < 100_000; each += 1) limit.count(`stranger ${each}`);
    expect(limit.count('first')).toBe(0);
  });
});
