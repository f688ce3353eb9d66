import { compareDates, isTimeOfDay, parseDate } from './dates';

describe('dates', () => {
  it('exist', () => {
    for (const text of [
      '2024',
      '2024-02',
      '2024-02-29',
      '2023-01-01T23:59:60Z',
      '2023-01-01T00:00:00.123456+14:00',
    ]) {
      expect([text, typeof parseDate(text)]).toEqual([text, 'object']);
    }
    for (const text of [
      '0000',
      '2023-13',
      '2023-02-29',
      '2023-04-31',
      '2023-01-01T24:00:00Z',
      '2023-01-01T00:00:00+14:30',
    ]) {
      expect([text, parseDate(text)]).toEqual([text, 'not-real']);
    }
    for (const text of [
      '',
      '23',
      '2023-1-1',
      '2023-01-01T10:00Z',
      '2023-01-01 10:00:00Z',
      ' 2023',
      '2023-01-01T10:00:00z',
    ]) {
      expect([text, parseDate(text)]).toEqual([text, 'form']);
    }
  });

  it('are compared as far as both are precise', () => {
    expect(compareDates('2023-01-01T10:00:00Z', '2023-01-01T11:00:00+01:00')).toBe(0);
    expect(compareDates('2023', '2024-05-01')).toBeLessThan(0);
    expect(compareDates('2023', '2023-05')).toBeUndefined();
    expect(compareDates('2023-05-01', '2023-05-01')).toBe(0);
    expect(compareDates('2023-05-01', 'soon')).toBe('unreadable');
  });

  it('have times of day without a zone', () => {
    expect(['10:00:00', '23:59:60.5', '24:00:00', '10:00', '10:00:00Z'].map(isTimeOfDay)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
