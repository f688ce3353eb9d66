import type { Issue } from '../../fhir/issue';
import { numberedLines } from './numbered-lines';

const issue = (expression: string): Issue =>
  ({ severity: 'error', code: 'value', rule: 'vw-enc-04', text: 'It is wrong.', expression }) as Issue;

describe('numbered lines', () => {
  it('have each finding at its line, and documents cut', () => {
    const text = `{\n  "resourceType": "Bundle",\n  "type": "x",\n  "data": "${'A'.repeat(400)}"\n}`;
    const { lines, isBroken } = numberedLines(Buffer.from(text), 'json', [issue('Bundle.type')]);
    expect(isBroken).toBe(false);
    expect(lines).toHaveLength(5);
    expect(lines[2]).toMatchObject({ number: 3, findings: [{ sentence: 'It is wrong.', line: 3 }] });
    expect(lines[3]?.text).toBe(`  "data": "${'A'.repeat(40)}… (400 characters)"`);
  });

  it('are made for a text that has none', () => {
    const text = JSON.stringify({
      resourceType: 'Bundle',
      entry: [{ fullUrl: 'x y'.repeat(200) }],
      type: 'x',
    });
    const { lines, isBroken } = numberedLines(Buffer.from(text), 'json', [issue('Bundle.type')]);
    expect(isBroken).toBe(true);
    expect(lines.find(({ findings }) => findings.length > 0)?.text).toBe('  "type": "x"');
  });

  it('leave out what is far from a finding in a long text', () => {
    const entries = Array.from({ length: 5_000 }, (_, index) => `{ "fullUrl": "${index}" }`);
    const text = `{ "resourceType": "Bundle", "entry": [\n${entries.join(',\n')}\n] }`;
    const { lines } = numberedLines(Buffer.from(text), 'json', [issue('Bundle.entry[4000].fullUrl')]);
    expect(lines.length).toBeLessThan(60);
    expect(lines.filter(({ followsGap }) => followsGap).map(({ number }) => number)).toEqual([3998]);
    expect(lines.find(({ number }) => number === 4002)?.findings).toHaveLength(1);
  });

  it('show what is no text at all', () => {
    const { lines } = numberedLines(Buffer.from([0xff, 0, 1]), 'json', []);
    expect(lines).toHaveLength(1);
  });

  it('are those of every member and item of a text that has none', () => {
    const text = `{"a":[1,{"b":"x, {y}: \\"z\\"","c":[ ]}],"d":{},"e":"${'word '.repeat(200)}"}`;
    const { lines } = numberedLines(Buffer.from(text), 'json', []);
    expect(lines.slice(0, 8).map((line) => line.text)).toEqual([
      '{',
      '  "a": [',
      '    1,',
      '    {',
      '      "b": "x, {y}: \\"z\\"",',
      '      "c": []',
      '    }',
      '  ],',
    ]);
  });
});

/** What a sender may send so that the page of its submission keeps the server busy. */
describe('a text that is made to be costly', () => {
  const MILLION = 1_000_000;

  it.each<[string, string, 'json' | 'xml' | 'hl7v2']>([
    ['forty thousand items on one line', `{"a":[${'1,'.repeat(40_000)}1]}`, 'json'],
    ['millions of items on one line', `{"a":[${'1,'.repeat(4 * MILLION)}1]}`, 'json'],
    ['brackets within brackets', '['.repeat(6_000), 'json'],
    ['brackets within brackets, each on a line', '[\n'.repeat(MILLION), 'json'],
    ['members within members', '{"a":'.repeat(100_000), 'json'],
    ['items within many brackets', `${'['.repeat(3_000)}${'1,'.repeat(180_000)}`, 'json'],
    ['elements within elements', '<a>\n'.repeat(MILLION), 'xml'],
    ['millions of elements', `<a>${'<b/>'.repeat(3 * MILLION)}</a>`, 'xml'],
    ['almost documents', `${'A'.repeat(160)}\n`.repeat(50_000), 'json'],
    ['a document of many millions of characters', `{"a":"${'b'.repeat(16 * MILLION)}"}`, 'json'],
    ['spaces', ' '.repeat(16 * MILLION), 'json'],
    ['spaces between elements', `<a>${' '.repeat(16 * MILLION)}</a>`, 'xml'],
    ['a text of many millions of characters', `{"a":"${'b.'.repeat(8 * MILLION)}"}`, 'json'],
    ['quotation marks', `{"a":"${'\\"'.repeat(8 * MILLION)}"}`, 'json'],
    ['an attribute', `<a b="${'é'.repeat(8 * MILLION)}"/>`, 'xml'],
    ['line breaks', '\n'.repeat(16 * MILLION), 'json'],
    ['segments', 'PID|\r'.repeat(4 * MILLION), 'hl7v2'],
  ])('has its lines in a few seconds: %s', (_what, text, format) => {
    const bytes = Buffer.from(text);
    const began = process.cpuUsage();
    const { lines } = numberedLines(bytes, format, [issue('Bundle.entry[3].resource.status')]);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(20_000);
    expect(process.cpuUsage(began).user / MILLION).toBeLessThan(8);
  });
});
