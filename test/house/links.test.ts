/** The documentation leads somewhere: its links are to files that exist, and its index has every page. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesIn, root, textOf } from '../support/sources';

const pages = ['README.md', 'CHANGELOG.md', 'SECURITY.md', ...filesIn('docs', '.md')];
const linksOf = (page: string): string[] =>
  [...textOf(page).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target));

describe('the documentation', () => {
  it('links to files that exist', () => {
    const dead = pages.flatMap((page) =>
      linksOf(page)
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it('has an index that leads to every page', () => {
    const listed = new Set(linksOf('docs/README.md').map((target) => join('docs', target)));
    expect(
      pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !listed.has(page)),
    ).toEqual([]);
  });

  it('names files that exist, in the drawings of the architecture', () => {
    const known = filesIn('src', '.ts', '');
    const named = [...textOf('docs/architecture.md').matchAll(/(?<![\w<.])((?:[\w-]+\/)*[\w-]+\.ts)\b/g)].map(
      ([name]) => name,
    );
    const lost = named.filter((name) => !known.some((path) => `/${path}`.endsWith(`/${name}`)));
    expect(lost.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  });
});
