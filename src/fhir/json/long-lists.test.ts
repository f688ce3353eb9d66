import { parseJson, parseJsonInSlices } from '../json';
import { atOnce } from '../slices';
import { scanJson } from './scan-json';

const item = (index: number): object => ({
  id: `o${index}`,
  value: index / 7,
  list: [1, [2, { a: 'é' }], 'x'.repeat(index % 300)],
});
const items = (count: number): object[] => Array.from({ length: count }, (_, index) => item(index));
const bytesOf = (text: string): Buffer => Buffer.from(text);
const read = (text: string) => parseJson(bytesOf(text));

/** How often reading is interrupted. */
function slicesOf(text: string): number {
  const work = parseJsonInSlices(bytesOf(text));
  let slices = 0;
  while (work.next().done !== true) slices += 1;
  return slices;
}

describe('JSON with long lists', () => {
  it.each([
    ['a list', items(5_000)],
    ['a list in an object', { resourceType: 'Bundle', entry: items(4_000), last: 1 }],
    ['lists in the items of a list', [{ a: items(2_000) }, ...items(3_000), { b: items(2_500) }]],
    ['a list at the end of a list of lists', [[[items(2_500)]], items(900), []]],
    ['one long text after many items', [...items(2_000), 'y'.repeat(400_000), 1]],
  ])('are read as JSON.parse reads them: %s', (_what, value) => {
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)])
      expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
  });

  it('keep the digits of their numbers', () => {
    const text = `[${Array.from({ length: 60_000 }, () => '36.50').join(',')}]`;
    expect(read(text)).toEqual({ ok: true, value: Array.from({ length: 60_000 }, () => '\u0000#36.50') });
  });

  it('stay in the text where they come after much else, so that it is not copied again and again', () => {
    const many = JSON.stringify(items(5_000));
    expect(atOnce(scanJson(`{"before":1,"a":${many}}`))?.runs.length).toBeGreaterThan(5);
    expect(atOnce(scanJson(`{"before":"${'x'.repeat(600_000)}","a":${many}}`))?.runs).toEqual([]);
  });

  const long = JSON.stringify(items(3_000)).slice(1, -1);
  it.each([
    ['only white space before a comma', `[${' '.repeat(300_000)},1]`],
    ['only white space between two commas', `[${long},${' '.repeat(300_000)},1]`],
    ['a comma at the end', `[${long},]`],
    ['another bracket at the end', `{"a":[${long}}`],
    ['a bracket too many', `[${long}]]`],
    ['a bracket too few', `{"a":[${long}]`],
    ['a member that comes twice', `[${long},{"a":1,"a":2},${long}]`],
    ['a member that comes twice, in another run', `{"a":[${long}],"b":2,"a":[${long}]}`],
    ['a text that looks as what stands in for items', `[${long},"\\u0000@0",${long}]`],
  ])('are refused with %s', (_what, text) => {
    const parsed = read(text);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.issue.text).toMatch(/^The JSON cannot be read\. Line 1, column \d+: /);
  });

  it('are read in as many slices as they are long', () => {
    const text = JSON.stringify(items(20_000));
    expect(text.length).toBeGreaterThan(3_000_000);
    expect(slicesOf(text)).toBeGreaterThan(text.length / (256 * 1024));
    expect(slicesOf(`${text}]`)).toBeGreaterThan(text.length / (128 * 1024));
    expect(slicesOf('{"a":1}')).toBeLessThan(4);
  });
});
