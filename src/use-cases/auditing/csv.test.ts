import { csvLine } from './csv';

describe('a line of CSV', () => {
  it('has its cells with commas between, nothing for what is not there, and CRLF at its end', () => {
    expect(csvLine(['2026-11-28T10:00:00.000Z', null, 'RR8'])).toBe('2026-11-28T10:00:00.000Z,,RR8\r\n');
  });

  it('quotes a cell with a comma, a quotation mark or a line break in it', () => {
    expect(csvLine(['a, b', 'say "x"', 'two\nlines', 'plain'])).toBe(
      '"a, b","say ""x""","two\nlines",plain\r\n',
    );
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '  =1+1',
    '\t=1',
    '\r=1',
    '\n=1',
    '＝1',
    '＋1',
    '－1',
    '＠x',
    '\u00a0=1',
  ])('lets no spreadsheet run %j', (cell) => {
    expect(csvLine([cell])).toMatch(/^"?'/);
  });

  it('leaves alone what only has such a sign within', () => {
    expect(csvLine(['RR8-WARD', 'a=b', 'x@example.org'])).toBe('RR8-WARD,a=b,x@example.org\r\n');
  });
});
