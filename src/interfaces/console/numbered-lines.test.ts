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
});
