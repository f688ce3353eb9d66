import { cleanText } from './clean-text';

describe('the text of a caller', () => {
  it('loses what FHIR and PostgreSQL can’t hold', () => {
    expect(cleanText('a\u0000b\nc\ud800d\u007f')).toBe('a b c d');
    expect(cleanText('Siân 👩‍⚕️')).toBe('Siân 👩‍⚕️');
  });

  it('is cut where it is longer than is of use, and never within a pair', () => {
    expect(cleanText('x'.repeat(300))).toBe('x'.repeat(256));
    expect(cleanText('ab👩', 3)).toBe('ab');
  });

  it('is nothing where nothing is left', () => {
    expect(cleanText(' \n ')).toBeUndefined();
    expect(cleanText('\u202e\u202e')).toBeUndefined();
    expect(cleanText(undefined)).toBeUndefined();
  });
});
