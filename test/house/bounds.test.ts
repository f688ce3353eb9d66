/** docs/security/bounds.md names each statement that a submission runs, so that nobody adds one without a bound. */
import { filesIn, textOf } from '../support/sources';

const page = textOf('docs/security/bounds.md');
const files = [
  ...filesIn('src/use-cases/submitting', '.ts'),
  ...['commit', 'owners', 'patients-of', 'other-numbers', 'document-bytes'].map(
    (name) => `src/engines/store/${name}.ts`,
  ),
].filter((file) => !file.endsWith('.test.ts'));

/** `name: 'own_ids'` and `statementName('carried', …)` of a query. */
const NAMED = /(?:name: '([a-z0-9_]+)',\s+text|name: '([a-z0-9_]+)', text|statementName\('([a-z0-9_]+)')/g;

describe('the statements of a submission', () => {
  const named = files.flatMap((file) =>
    [...textOf(file).matchAll(NAMED)].map(([, one, two, three]) => one ?? two ?? three!),
  );

  it('are found', () => {
    expect(named).toEqual(expect.arrayContaining(['own_ids', 'carried', 'limit_look', 'patients_of']));
  });

  it('are in the list of bounds', () => {
    expect(named.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
