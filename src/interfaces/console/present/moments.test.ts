import { periodText } from './moments';

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
