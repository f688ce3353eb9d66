import fc from 'fast-check';
import { ageAt, dateRange, londonOffset } from './date';

function rangeOf(text: string): [string, string] | undefined {
  const range = dateRange(text);
  return range && [range.start.toISOString(), range.end.toISOString()];
}

describe('dateRange', () => {
  it.each([
    ['2024', '2024-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
    ['2024-02', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2024-12', '2024-12-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
    ['2024-07', '2024-06-30T23:00:00.000Z', '2024-07-31T23:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2024-07-01', '2024-06-30T23:00:00.000Z', '2024-07-01T23:00:00.000Z'],
    ['2024-03-31', '2024-03-31T00:00:00.000Z', '2024-03-31T23:00:00.000Z'],
    ['2024-10-27', '2024-10-26T23:00:00.000Z', '2024-10-28T00:00:00.000Z'],
    ['2024-01-01T10:30Z', '2024-01-01T10:30:00.000Z', '2024-01-01T10:31:00.000Z'],
    ['2024-01-01T10:30:05Z', '2024-01-01T10:30:05.000Z', '2024-01-01T10:30:06.000Z'],
    ['2024-01-01T10:30:05.1Z', '2024-01-01T10:30:05.100Z', '2024-01-01T10:30:05.200Z'],
    ['2024-01-01T10:30:05.123456Z', '2024-01-01T10:30:05.123Z', '2024-01-01T10:30:05.124Z'],
    ['2024-01-01T10:30:05+01:30', '2024-01-01T09:00:05.000Z', '2024-01-01T09:00:06.000Z'],
    ['2024-01-01T10:30:05-14:00', '2024-01-02T00:30:05.000Z', '2024-01-02T00:30:06.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z', '2017-01-01T00:00:01.000Z'],
    ['2024-01-01T10:30:05', '2024-01-01T10:30:05.000Z', '2024-01-01T10:30:06.000Z'],
    ['2024-07-01T10:30:05', '2024-07-01T09:30:05.000Z', '2024-07-01T09:30:06.000Z'],
    ['0050-01-01T00:00:00Z', '0050-01-01T00:00:00.000Z', '0050-01-01T00:00:01.000Z'],
  ])('reads %s as from %s until %s', (text, start, end) => {
    expect(rangeOf(text)).toEqual([start, end]);
  });

  it.each([
    '',
    '24',
    '0000',
    '2024-13',
    '2024-1-1',
    '2023-02-29',
    '2024-04-31',
    '2024-01-01T',
    '2024-01-01T24:00:00Z',
    '2024-01-01T10:30:05+15:00',
    '2024-01-01 10:30:05Z',
    '01/02/2024',
    ' 2024',
  ])('does not read %j', (text) => {
    expect(dateRange(text)).toBeUndefined();
  });

  it('holds the instant that was written, to the millisecond', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
        (date) => {
          const range = dateRange(date.toISOString(), 'instant');
          expect(range).toEqual({ start: date, end: new Date(date.getTime() + 1) });
        },
      ),
    );
  });

  it('puts each day next to the following one, in every year', () => {
    fc.assert(
      fc.property(fc.integer({ min: -25_567, max: 47_481 }), (day) => {
        const today = dateRange(new Date(day * 86_400_000).toISOString().slice(0, 10));
        const tomorrow = dateRange(new Date((day + 1) * 86_400_000).toISOString().slice(0, 10));
        expect(today?.end).toEqual(tomorrow?.start);
      }),
    );
  });

  it('is never wider for more precision', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        (date) => {
          const text = date.toISOString().slice(0, 19);
          const widths = [4, 7, 10, 16, 19].map((length) => dateRange(text.slice(0, length)));
          for (const [index, inner] of widths.entries()) {
            const outer = widths[index - 1];
            if (!inner || !outer) continue;
            expect(inner.start.getTime()).toBeGreaterThanOrEqual(outer.start.getTime());
            expect(inner.end.getTime()).toBeLessThanOrEqual(outer.end.getTime());
          }
        },
      ),
    );
  });
});

describe('londonOffset', () => {
  it.each([
    ['2024-01-15T12:00', 0],
    ['2024-07-15T12:00', 60],
    ['2024-03-31T00:59', 0],
    ['2024-03-31T01:30', 0],
    ['2024-03-31T02:00', 60],
    ['2024-10-27T00:59', 60],
    ['2024-10-27T01:30', 60],
    ['2024-10-27T02:00', 0],
    ['1970-01-15T12:00', 60],
  ])('is at %s on the clock %d minutes', (clock, minutes) => {
    expect(londonOffset(Date.parse(`${clock}Z`))).toBe(minutes);
  });
});

describe('ageAt', () => {
  it.each([
    ['1950-06-15', '2024-06-14T12:00:00Z', 73],
    ['1950-06-15', '2024-06-14T23:30:00Z', 74],
    ['1950-06-15', '2024-06-15T12:00:00Z', 74],
    ['1948-02-29', '2023-02-28T12:00:00Z', 74],
    ['1948-02-29', '2023-03-01T12:00:00Z', 75],
    ['1950-06', '2024-06-29T12:00:00Z', 73],
    ['1950', '2024-06-29T12:00:00Z', 73],
    ['2024', '2024-06-29T12:00:00Z', 0],
    ['2025-01-01', '2024-06-29T12:00:00Z', undefined],
    ['yesterday', '2024-06-29T12:00:00Z', undefined],
  ])('of one born %s is at %s %s', (birthDate, at, age) => {
    expect(ageAt(birthDate, new Date(at))).toBe(age);
  });
});
