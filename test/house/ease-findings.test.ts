/**
 * docs/findings.md has a row for each finding of the reports on ease of use, with the commit that changed it or the
 * reason why it is as it is; the commits exist, under the subject that the page gives them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, textOf } from '../support/sources';

const page = textOf('docs/findings.md');
const rows = page
  .split('\n')
  .filter((line) => /^\| (?!finding|-)/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .map(([, finding = '', wrong = '', answer = '']) => ({ finding, wrong, answer }));

const numbered = (report: string, prefix: string, count: number, digits = 1): string[] =>
  Array.from({ length: count }, (_, at) => `${report} ${prefix}${String(at + 1).padStart(digits, '0')}`);

/** The reports are no part of this repository: their findings by name. */
const findings = [
  ...[...'ABCDEFGH', ...'JKLMN'].map((letter) => `newcomers ${letter}`),
  ...numbered('newcomers', 'I', 7),
  'newcomers, the texts',
  'newcomers, what clinicians and auditors expect',
  ...numbered('clients', 'F', 10),
  ...numbered('bugs', '', 14, 2),
  'bugs, siblings',
  ...numbered('validation', 'V', 11),
  'validation, aside',
  ...numbered('validation', '', 2),
];

const commits = [...page.matchAll(/`([0-9a-f]{7})` (.+?)(?= · | *\||\. )/g)].map(
  ([, hash = '', subject = '']) => ({
    hash,
    subject,
  }),
);

/** The subjects of all commits by their short hashes; undefined where there is no history, or the latest of it alone. */
function subjects(): ReadonlyMap<string, string> | undefined {
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  if (git('rev-parse', '--is-shallow-repository') !== 'false') return undefined;
  const lines = git('log', '--format=%H %s')?.split('\n') ?? [];
  return new Map(lines.map((line) => [line.slice(0, 7), line.slice(41)]));
}

describe('docs/findings.md', () => {
  it('has a row for each finding, and no other', () => {
    expect([...new Set(rows.map(({ finding }) => finding))].sort()).toEqual([...findings].sort());
  });

  it('answers each by a commit, or by a sentence that says why it is as it is', () => {
    const open = rows.filter(
      ({ wrong, answer }) =>
        wrong === '' ||
        !(commits.some(({ hash }) => answer.includes(hash)) || /^[A-Z[][^]{20,}[.)]$/.test(answer)),
    );
    expect(open).toEqual([]);
  });

  it('names commits that exist, by their subjects', () => {
    expect(commits.length).toBeGreaterThan(60);
    const known = subjects();
    const wrong = commits.filter(({ hash, subject }) => known && known.get(hash) !== subject);
    expect(wrong).toEqual([]);
  });

  it('links to pages that are there', () => {
    const links = [...page.matchAll(/\]\(([\w./-]+\.md)\)/g)].map(([, path = '']) => path);
    const missing = links.filter((path) => !existsSync(join(root, dirname('docs/findings.md'), path)));
    expect(missing).toEqual([]);
  });
});
