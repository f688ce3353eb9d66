import { clock, grouped, sizeOf } from './text';

it('writes times as UK civil time', () => {
  expect(clock('2026-11-28T21:04:09Z')).toBe('28 November 2026, 21:04:09');
  expect(clock('2026-06-01T23:30:00Z')).toBe('2 June 2026, 00:30:00');
});

it('writes NHS numbers as 3-3-4, and leaves anything else', () => {
  expect(grouped('9990000018')).toBe('999 000 0018');
  expect(grouped('12')).toBe('12');
});

it('writes sizes', () => {
  expect([0, 999, 1_400, 52_000, 1_440_000].map(sizeOf)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.4 kB',
    '52 kB',
    '1.4 MB',
  ]);
});
