import { hasVisibleText } from './visible-text';

describe('a text that a person typed', () => {
  it.each(['Emergency admission', 'é', '急', '5', '?', '👩', '\u202eabc'])('says something: %j', (text) => {
    expect(hasVisibleText(text)).toBe(true);
  });

  it.each([
    '',
    ' \n\t',
    '\u202e\u202e',
    '\u200b',
    '\u00ad',
    '\ufeff',
    '\u3164',
    '\u2800',
    '\u0301',
    '\u00a0',
  ])('says nothing: %j', (text) => {
    expect(hasVisibleText(text)).toBe(false);
  });
});
