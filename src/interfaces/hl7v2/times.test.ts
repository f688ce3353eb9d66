import fc from 'fast-check';
import { dateOf, dateTimeOf, instantOf } from './times';

describe('A date and time', () => {
  it.each([
    ['2025', '2025'],
    ['202502', '2025-02'],
    ['20250228', '2025-02-28'],
    ['2025022809', '2025-02-28T09:00:00+00:00'],
    ['202502280930', '2025-02-28T09:30:00+00:00'],
    ['20250228093015', '2025-02-28T09:30:15+00:00'],
    ['20250728093015', '2025-07-28T09:30:15+01:00'],
    ['20250728093015+0000', '2025-07-28T09:30:15+00:00'],
    ['20250728093015.25-0530', '2025-07-28T09:30:15.25-05:30'],
    ['20251026013000', '2025-10-26T01:30:00+01:00'],
  ])('%s is %s', (given, expected) => {
    expect(dateTimeOf(given)).toBe(expected);
  });

  it.each(['20250230', '20251301', '202502282500', 'yesterday', '2025-02-28', '20250228093015+9900'])(
    '%s is none, and stays as it came',
    (given) => {
      expect(dateTimeOf(given)).toBe(given);
      expect(instantOf(given)).toBe(given);
      expect(dateOf(given)).toBe(given);
    },
  );

  it('that is none is cut off where it is long, and is still none', () => {
    const long = `1950-03-14T00:00:00.${'0'.repeat(38)}+00:00 ${'x'.repeat(1_000)}`;
    for (const read of [dateTimeOf, instantOf, dateOf]) expect(read(long)).toBe(`${long.slice(0, 64)}…`);
    expect(dateOf(`19500314${' '.repeat(100)}x`)).toHaveLength(65);
  });

  it('that is less precise is its first moment in the order of messages', () => {
    expect(instantOf('2025')).toBe('2025-01-01T00:00:00+00:00');
    expect(instantOf('20250728')).toBe('2025-07-28T00:00:00+01:00');
  });

  it('of a birth is the day alone', () => {
    expect(dateOf('195003141530')).toBe('1950-03-14');
    expect(dateOf('1950')).toBe('1950');
  });

  it('without a zone is the moment at which clocks in the United Kingdom show it', () => {
    const moments = fc.date({
      min: new Date('1972-01-01'),
      max: new Date('2060-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        const given = moment.toISOString().slice(0, 19).replace(/[-:T]/g, '');
        const shown = new Date(dateTimeOf(given)).toLocaleString('sv-SE', { timeZone: 'Europe/London' });
        // The hour that spring skips is shown by no clock.
        const isSkipped =
          new Date(dateTimeOf(given)).toLocaleString('en-GB', {
            timeZone: 'Europe/London',
            hour: '2-digit',
          }) !== given.slice(8, 10);
        if (!isSkipped) expect(shown.replace(/[- :]/g, '')).toBe(given);
      }),
    );
  });
});
