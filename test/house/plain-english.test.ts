/** The worst words that a text must not have, so that suppliers and operators understand it at the first reading. */
import ts from 'typescript';
import { filesIn, isTest, textOf } from '../support/sources';

const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\bmend(?:s|ed|ing)?\b/i, 'write correct, repair or fix'],
  [/\bborne\b/i, 'write has'],
  [/\bbears? the (?:same|identifier)/i, 'write has'],
  [/\bthereby\b/i, 'write so, in a sentence of its own'],
  [/\bcounts? for nothing\b/i, 'say what ignores it'],
  [/\b(?:is|are|were) had\b/i, 'say where it comes from'],
  [/\b(?:is|are) nobody\b/i, 'say what is missing'],
  [/\b(?:is|are|be|been) told (?:by|every|with)\b/i, 'say who says it, and where'],
  [/\bno route takes\b/i, 'say that the server does not support it'],
  [/\bgoes on holding\b/i, 'say that the server continues to use it'],
  [/[«»]/, 'use plain quotation marks'],
];

/** Pages that keep what was written at the time: decisions are superseded, never edited; findings quote. */
const RECORDS = ['docs/decisions/', 'docs/security/', 'docs/findings.md'];

/** Each piece of text in the strings of a source, with its line. */
function stringsOf(path: string): { line: number; text: string }[] {
  const source = ts.createSourceFile(path, textOf(path), ts.ScriptTarget.ES2022, true);
  const found: { line: number; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, text: node.text });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const linesOf = (path: string): { line: number; text: string }[] =>
  textOf(path)
    .split('\n')
    .map((text, index) => ({ line: index + 1, text }));

function faultsIn(path: string, texts: readonly { line: number; text: string }[]): string[] {
  return texts.flatMap(({ line, text }) =>
    FORBIDDEN.flatMap(([pattern, instead]) => {
      const word = pattern.exec(text)?.[0];
      return word === undefined ? [] : [`${path}:${line}: "${word}": ${instead}`];
    }),
  );
}

describe('plain English', () => {
  it('is in every string of the sources', () => {
    const sources = filesIn('src', '.ts').filter((path) => !isTest(path));
    expect(sources.flatMap((path) => faultsIn(path, stringsOf(path)))).toEqual([]);
  });

  it('is on every page of the documentation but records', () => {
    const pages = ['README.md', 'SECURITY.md', ...filesIn('docs', '.md')].filter(
      (path) => !RECORDS.some((record) => path.startsWith(record)),
    );
    expect(pages.flatMap((path) => faultsIn(path, linesOf(path)))).toEqual([]);
  });
});
