import { londonDateTime, londonInstant } from './london-time';

const DAY = 86_400_000;

describe('londonDateTime', () => {
  it.each([
    ['2025-03-30T00:59:59Z', '2025-03-30T00:59:59+00:00'],
    ['2025-03-30T01:00:00Z', '2025-03-30T02:00:00+01:00'],
    ['2025-07-01T23:30:00Z', '2025-07-02T00:30:00+01:00'],
    ['2025-10-26T00:59:59Z', '2025-10-26T01:59:59+01:00'],
    ['2025-10-26T01:00:00Z', '2025-10-26T01:00:00+00:00'],
    ['2026-01-01T12:00:00Z', '2026-01-01T12:00:00+00:00'],
  ])('writes %s as %s', (instant, expected) => {
    expect(londonDateTime(new Date(instant))).toBe(expected);
  });

  it('agrees with the calendar that Node.js has, over three years', () => {
    const hour = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/London',
      hour: '2-digit',
      hourCycle: 'h23',
    });
    const from = Date.UTC(2023, 0, 1, 9);
    const wrong = Array.from({ length: 1096 }, (_, day) => new Date(from + day * DAY)).filter(
      (instant) => londonDateTime(instant).slice(11, 13) !== hour.format(instant),
    );
    expect(wrong).toEqual([]);
  });
});

describe('londonInstant', () => {
  it('is the instant at which the clocks show that time', () => {
    const summer = Date.UTC(2025, 6, 1) / DAY;
    const winter = Date.UTC(2025, 11, 1) / DAY;
    expect([londonInstant(summer, 9 * 60), londonInstant(winter, 9 * 60)].map(londonDateTime)).toEqual([
      '2025-07-01T09:00:00+01:00',
      '2025-12-01T09:00:00+00:00',
    ]);
  });
});
