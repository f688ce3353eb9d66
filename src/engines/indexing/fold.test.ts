import { fold } from './fold';

describe('fold', () => {
  it.each([
    ['  Zoë  SMITH ', 'zoe smith'],
    ['Łukasz', 'lukasz'],
    ['Sørensen', 'sorensen'],
    ['Guðrún Đorđe', 'gudrun dorde'],
    ['Þóra', 'thora'],
    ['Weiß', 'weiss'],
    ['WEIẞ', 'weiss'],
    ['Ægir Œuvrard', 'aegir oeuvrard'],
    ['Yıldız İnce', 'yildiz ince'],
    ['ﬁnlay Griﬃths', 'finlay griffiths'],
    ['Ŋ ŉ', 'ŋ n'],
  ])('writes %s in plain letters', (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  it.each([
    "O'Brien",
    'O’Brien',
    'O‘Brien',
    'Oʼbrien',
    'O`Brien',
    'O´Brien',
    'O′Brien',
    'O＇Brien',
    'OBrien',
  ])('leaves out the apostrophe of %s, so that OBrien finds it', (text) => {
    expect(fold(text)).toBe('obrien');
  });

  it.each([
    'Smith-Jones',
    'Smith‐Jones',
    'Smith‑Jones',
    'Smith – Jones',
    'Smith—Jones',
    'Smith−Jones',
    'Smith Jones',
  ])('takes the hyphen of %s as a space', (text) => {
    expect(fold(text)).toBe('smith jones');
  });

  it('leaves nothing of a text of apostrophes and dashes', () => {
    expect(fold("' - ’")).toBe('');
  });

  it('says the same of what it has folded already', () => {
    for (const text of ['Ł’ß-ﬁ  ŉ', 'İı', '´ ｀', 'Ÿ̈']) expect(fold(fold(text))).toBe(fold(text));
  });

  it('leaves out what cannot be seen', () => {
    expect(fold('Sm\u200bith\u0001')).toBe('smith');
  });
});
