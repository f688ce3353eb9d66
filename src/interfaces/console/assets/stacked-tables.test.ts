/** On a phone, the headings of some tables come from the style sheet, which must have those of the page. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const pages = join(__dirname, '..', 'pages');
const styles = readFileSync(join(__dirname, 'console.css'), 'utf8');
const tables = readdirSync(pages, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.njk'))
  .flatMap((file) => readFileSync(join(pages, file), 'utf8').split('<table ').slice(1))
  .flatMap((text) => {
    const [, name] = /^[^>]*app-stacked--(\w+)/.exec(text) ?? [];
    const headings = [...text.split('</thead>')[0]!.matchAll(/<th scope="col"[^>]*>([^<]*)</g)];
    return name === undefined ? [] : [{ name, headings: headings.map(([, heading]) => heading) }];
  });

it('there are such tables', () => expect(tables.length).toBeGreaterThan(3));

it.each(tables)('the table of $name has the headings of its page', ({ name, headings }) => {
  const labels = [
    ...styles.matchAll(/\.app-stacked--(\w+) td:nth-child\((\d+)\) \{\s*--label: '([^']*)'/g),
  ].filter(([, table]) => table === name);
  expect(labels.map(([, , place, label]) => [Number(place), label])).toEqual(
    headings.map((heading, index) => [index + 1, heading]),
  );
});
