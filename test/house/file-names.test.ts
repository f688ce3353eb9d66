/**
 * The words of file and folder names are known: from FHIR, from docs/glossary.md, or as plain words. A word of our own
 * that a newcomer would not understand is explained in the glossary.
 */
import { allTypes } from '../../src/fhir/r4/definitions';
import { filesIn, textOf } from '../support/sources';
import { plainWords } from './plain-words';

/** `src/use-cases/submitting/stored-before/read-origins.ts` has the words use, cases, submitting, stored, before, … */
const wordsOf = (path: string): string[] =>
  path
    .replace(/^src\//, '')
    .replace(/\.[a-z]+$/, '')
    .split(/[^A-Za-z0-9]+/)
    .flatMap((word) => (word === '' ? [] : [word.toLowerCase()]));

/** `observation` is a word of FHIR, and so are `medication` and `request`. */
const ofFhir = [...allTypes()]
  .flatMap(({ name }) => name.split(/(?=[A-Z])/))
  .map((word) => word.toLowerCase());

const ofGlossary = [...textOf('docs/glossary.md').matchAll(/^\| \*\*(.+?)\*\*/gm)].flatMap(([, term]) =>
  term!.toLowerCase().split(/[^a-z0-9]+/),
);

/** The forms that one word has: `stored` and `storing` are forms of `store`, `entries` is one of `entry`. */
function formsOf(word: string): string[] {
  const stems = [/s$/, /es$/, /ed$/, /d$/, /ing$/, /r$/, /er$/, /al$/].map((ending) =>
    word.replace(ending, ''),
  );
  return [word, ...stems, ...stems.map((stem) => `${stem}e`), word.replace(/ies$/, 'y')];
}

const known = new Set([...ofFhir, ...ofGlossary, ...plainWords]);

describe('the words in the names of files and folders', () => {
  it('are FHIR’s, the glossary’s or plain', () => {
    const unknown = filesIn('src', '.ts').flatMap((path) =>
      wordsOf(path)
        .filter((word) => !formsOf(word).some((form) => known.has(form)))
        .map((word) => `${path}: explain "${word}" in docs/glossary.md`),
    );
    expect(unknown).toEqual([]);
  });
});

describe('the list of plain words', () => {
  it('has each word once, in order', () => {
    expect(plainWords).toEqual([...new Set(plainWords)].sort());
  });
});
