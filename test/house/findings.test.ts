/** docs/security/findings.md names a test for each finding, or the page that answers it, and it is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'security', 'findings.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| (?!finding|-)/.test(line));
const namedIn = (text: string): string[] =>
  text.match(/(?:src|test)\/[\w./-]+\.test\.ts|docs\/[\w./-]+\.md/g) ?? [];

describe('docs/security/findings.md', () => {
  it('has a row for each finding of the reports on safety', () => {
    const named = (report: string, letter: string, count: number): string[] =>
      Array.from({ length: count }, (_, at) => `${report} ${letter}${at + 1}`);
    const findings = [
      ...named('security', 'A', 7),
      ...named('security', 'B', 6),
      ...named('security', 'C', 1),
      ...named('security', 'D', 1),
      ...named('security', 'E', 4),
      ...named('faults', 'M', 9),
      ...named('faults', 'A', 5),
      ...named('faults', 'L', 5),
      ...named('validation', 'V', 10),
    ];
    const first = rows.map((row) => row.split('|')[1] ?? '').join(' ; ');
    const missing = findings.filter((name) => {
      const [report = '', id = ''] = name.split(' ');
      return !new RegExp(`${report}[^;]*\\b${id}\\b|\\b${id}\\b`).test(first);
    });
    expect(missing).toEqual([]);
  });

  it('names in each row a test or a page that is there', () => {
    expect(rows.length).toBeGreaterThan(80);
    expect(rows.filter((row) => namedIn(row).length === 0)).toEqual([]);
    expect([...new Set(namedIn(page))].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
