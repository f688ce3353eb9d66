/** What every file of the project keeps to: its length, its opening, and whom its engines may name. */
import ts from 'typescript';
import { typeDefinition, allTypes } from '../../src/fhir/r4/definitions';
import { filesIn, isTest, textOf } from '../support/sources';

const code = ['src', 'test', 'bench', 'scripts'].flatMap((folder) => filesIn(folder, '.ts', '.js', '.mjs'));

describe('every file', () => {
  it('has at most 400 lines', () => {
    const long = code
      .map((path) => [path, textOf(path).split('\n').length - 1] as const)
      .filter(([, lines]) => lines > 400);
    expect(long).toEqual([]);
  });

  it('of the sources opens with what it is for', () => {
    const mute = code
      .filter((path) => /^(src|scripts)\//.test(path) && !isTest(path))
      .filter((path) => !/^(#!.*\n)?\/\*\*/.test(textOf(path)));
    expect(mute).toEqual([]);
  });

  it('is finished', () => {
    const marks = new RegExp(
      `\\b(${['TO', 'FIX'].map((word) => (word === 'TO' ? `${word}DO` : `${word}ME`)).join('|')})\\b`,
    );
    expect(code.filter((path) => marks.test(textOf(path)))).toEqual([]);
  });
});

/** The folders whose code must work for every resource type alike. */
const engines = ['engines', 'use-cases'];

/** Envelopes of the protocol and the server's own records, which engines may name; each with its reason. */
const envelopes: Readonly<Record<string, string>> = {
  Bundle: 'what submissions and searches come in',
  OperationOutcome: 'what every fault is told in',
  Parameters: 'what operations take and give',
  Binary: 'the bytes of documents, which are no resource to the store',
  AuditEvent: 'the server’s own record of who did what',
  Resource: 'R4’s base of every type',
  DomainResource: 'R4’s base of most types',
  MessageHeader: 'the head of a Bundle of type message',
  Composition: 'the head of a Bundle of type document',
  StructureDefinition: 'what a profile that is loaded is written in',
  ValueSet: 'what a loaded profile binds codes to',
  CodeSystem: 'what a loaded value set draws on',
};
/** Names of types that are words of their own here: datatypes, search parameters, SQL. */
const otherWords = new Set([
  'Basic',
  'Group',
  'List',
  'Location',
  'Subscription',
  'Task',
  'Device',
  'Library',
  'Media',
  'Person',
  'Schedule',
  'Slot',
]);

const typeNames = new Set([...allTypes()].filter(({ kind }) => kind === 'resource').map(({ name }) => name));

describe('an engine', () => {
  it('names no resource type', () => {
    const named = engines
      .flatMap((room) => filesIn(`src/${room}`, '.ts'))
      .filter((path) => !isTest(path))
      .flatMap((path) =>
        literalsOf(path)
          .filter((text) => typeNames.has(text) && !(text in envelopes) && !otherWords.has(text))
          .map((text) => `${path}: ${text}`),
      );
    expect(named).toEqual([]);
  });

  it('may name only what R4 knows', () => {
    expect(Object.keys(envelopes).filter((name) => !typeDefinition(name))).toEqual([]);
  });
});

describe('the bytes of documents', () => {
  it('are reached through one file; only the ledger reads their table beside it', () => {
    const naming = filesIn('src', '.ts').filter(
      (path) => !isTest(path) && textOf(path).includes('document_bytes'),
    );
    expect(naming).toEqual(['src/engines/ledger/check-tables.ts', 'src/engines/store/document-bytes.ts']);
  });
});

/** The texts of a file's string literals, those of types included. */
function literalsOf(path: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, textOf(path), ts.ScriptTarget.ES2022));
  return found;
}
