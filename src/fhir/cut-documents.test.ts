import { parseJson } from './json';
import { atOnce } from './slices';
import { cutDocuments } from './cut-documents';

const base64 = (length: number, seed = 7): string =>
  Buffer.from(Array.from({ length }, (_, index) => (index * seed) % 251)).toString('base64');
const long = base64(40_000);

/** What `parseJson` returns, beside what `JSON.parse` does. */
function both(text: string): { ours: unknown; theirs: unknown } {
  const parsed = parseJson(Buffer.from(text));
  let theirs: unknown;
  try {
    theirs = JSON.parse(text);
  } catch {
    theirs = 'a fault';
  }
  return { ours: parsed.ok ? parsed.value : 'a fault', theirs };
}

describe('JSON with long base64', () => {
  it.each([
    ['one document', { a: 'x', data: long, b: [1, { c: 'ü' }] }],
    [
      'several, in lists too',
      { data: long, list: [base64(39_999, 3), { data: base64(39_998, 5) }], end: 'é' },
    ],
    ['the same document twice', [long, long]],
    ['a document by itself', long],
    ['a document of a megabyte', { data: base64(1_000_001) }],
  ])('is read as JSON.parse reads it: %s', (_what, value) => {
    const text = JSON.stringify(value);
    expect(atOnce(cutDocuments(Buffer.from(text))).documents.length).toBeGreaterThan(0);
    expect(both(text).ours).toEqual(value);
  });

  it.each([
    ['the name of a member', `{"${long}" : 1}`],
    ['the end of a text with a quotation mark in it', `{"a":"\\"${long}"}`],
    ['a text with white space in it', `{"a":"${long.slice(0, 20_000)} ${long.slice(20_000)}"}`],
    ['a text with an escape at its end', `{"a":"${long}\\n"}`],
    ['letters of several bytes', `{"a":"${'é'.repeat(40_000)}"}`],
    ['the alphabet of URLs', `{"a":"${long.slice(0, -4)}-_-_"}`],
    ['padding in the middle', `{"a":"AA==${long}"}`],
  ])('leaves other long texts where they are: %s', (_what, text) => {
    expect(atOnce(cutDocuments(Buffer.from(text))).documents).toEqual([]);
    const { ours, theirs } = both(text);
    expect(ours).toEqual(theirs);
  });

  it.each([
    ['a line break in the document', `{"data":"${long.slice(0, 20_000)}\n${long.slice(20_000)}"}`],
    ['no end', `{"data":"${long}`],
    ['a document outside of quotation marks', `{"a":"b"${long}"c"}`],
    ['a comma too many', `{"data":"${long}",}`],
    ['a member that comes twice', `{"data":"${long}","data":"${long}"}`],
    ['U+0000', `{"data":"${long}","a":"\\u0000#1"}`],
  ])('is refused as without a document: %s', (_what, text) => {
    const short = text.replaceAll(/[A-Za-z0-9+/]{10_000,}=*/g, '');
    const issueOf = (body: string) => {
      const parsed = parseJson(Buffer.from(body));
      return parsed.ok ? undefined : parsed.issue.rule;
    };
    expect(issueOf(text)).toBeDefined();
    expect(issueOf(text)).toBe(issueOf(short));
  });

  it('says where a fault is in the body that was sent', () => {
    const parsed = parseJson(Buffer.from(`{"data":"${long}",\n"a":}`));
    expect(!parsed.ok && parsed.issue.text).toContain('Line 2, column 5');
  });

  it('has the bytes of a text that is sent in place of a document', () => {
    const { standIn } = atOnce(cutDocuments(Buffer.from(`{"data":"${long}"}`)));
    const text = JSON.stringify({ data: long, other: `${standIn}0` });
    expect(both(text).ours).toEqual({ data: long, other: `${standIn}0` });
  });
});
