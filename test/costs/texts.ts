/** Texts of a length, of the kinds that cost: what is sorted, matched, unescaped, trimmed or looked up piece by piece. */
export const TEXTS: Readonly<Record<string, (length: number) => string>> = {
  letters: (n) => 'a'.repeat(n),
  words: (n) => fill('word ', n),
  accents: (n) => `e${fill('\u0301\u0323', n)}`,
  marks: (n) => fill('\u0301', n),
  spaces: (n) => `a${' '.repeat(n)}a`,
  spacesAtEnd: (n) => `a${' '.repeat(n)}`,
  tabs: (n) => `a${fill('\t\n', n)}a`,
  lines: (n) => fill('a\n', n),
  digits: (n) => '1'.repeat(n),
  zeros: (n) => `1.${'0'.repeat(n)}1`,
  numbers: (n) => fill('999 000 0131 ', n),
  tags: (n) => fill('<', n),
  ands: (n) => fill('&', n),
  entities: (n) => fill('&amp;', n),
  base64: (n) => fill('QUJD', n),
  equals: (n) => fill('=', n),
  path: (n) => `http://example.org/${fill('./', n)}`,
  dots: (n) => fill('.', n),
  slashes: (n) => fill('/', n),
  quotes: (n) => fill(`"'`, n),
  bars: (n) => fill('|', n),
  hashes: (n) => `#${fill('#', n)}`,
  backslashes: (n) => fill('\\', n),
  hyphens: (n) => fill('a-', n),
  colons: (n) => `urn:${fill('a:', n)}`,
  percent: (n) => `http://example.org/${fill('%2', n)}`,
  brackets: (n) => fill('[(', n),
  pairs: (n) => fill('😀', n),
  folded: (n) => fill('ﷺ', n),
  xhtml: (n) => inDiv(fill('<p>a</p>', n)),
  xhtmlEntities: (n) => inDiv(fill('&amp;', n)),
  xhtmlSpaces: (n) => inDiv(`a${' '.repeat(n)}a`),
  xhtmlAttribute: (n) => inDiv(`<p title="${'a '.repeat(n / 2)}">a</p>`),
  xhtmlAttributes: (n) => inDiv(`<p ${manyAttributes(n)}>a</p>`),
  xhtmlComment: (n) => inDiv(`<!--${'- '.repeat(n / 2)}-->a`),
  xhtmlOpen: (n) => inDiv(fill('<b>', n)),
  xhtmlUnclosed: (n) => `<div xmlns="http://www.w3.org/1999/xhtml">${fill('<br', n)}`,
};

const inDiv = (inside: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${inside}</div>`;

const manyAttributes = (n: number): string =>
  Array.from({ length: Math.ceil(n / 12) }, (_, each) => `a${each}="x"`).join(' ');

function fill(piece: string, length: number): string {
  return piece.repeat(Math.ceil(length / piece.length));
}
