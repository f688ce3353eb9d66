import { momentText, periodText, shortTime } from './moments';

describe('the text of a period', () => {
  it.each([
    ['2025-04-10T14:37:00Z', '2025-04-14', '10 April 2025, 15:37 to 14 April 2025'],
    ['2025-04-10', undefined, 'from 10 April 2025'],
    [undefined, '2025-04-14', 'until 14 April 2025'],
    [undefined, undefined, ''],
  ])('says what was sent, and does not take a missing end for now (%s, %s)', (start, end, text) => {
    expect(periodText(start, end)).toBe(text);
  });
});

describe('a time in the hour that comes twice when the clocks go back', () => {
  it.each([
    ['2026-10-25T00:30:00Z', '25 October 2026, 01:30 BST'],
    ['2026-10-25T01:30:00Z', '25 October 2026, 01:30 GMT'],
    ['2026-10-24T23:59:00Z', '25 October 2026, 00:59'],
    ['2026-10-25T02:00:00Z', '25 October 2026, 02:00'],
    ['2026-03-29T01:00:00Z', '29 March 2026, 02:00'],
    ['2026-10-26T01:30:00Z', '26 October 2026, 01:30'],
  ])('has its zone, and no other has: %s', (moment, text) => {
    expect(momentText(moment)).toBe(text);
    expect(shortTime(new Date(moment))).toBe(text.split(', ')[1]);
  });
});
