/** How large a function and a list of parameters may be. @see docs/contributing.md */
import ts from 'typescript';
import { filesIn, isTest, textOf } from '../support/sources';

const LINES_OF_A_FUNCTION = 80;
const PARAMETERS = 5;

const product = filesIn('src', '.ts').filter((path) => !isTest(path));
const everything = ['src', 'test', 'bench'].flatMap((folder) => filesIn(folder, '.ts'));

interface Sized {
  name: string;
  lines: number;
  parameters: number;
}

/** Every function of a file that has a body, with its size. */
function functionsOf(path: string): Sized[] {
  const source = ts.createSourceFile(path, textOf(path), ts.ScriptTarget.ES2022, true);
  const found: Sized[] = [];
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
      found.push({
        name: `${path}: ${named?.getText() ?? `the function at line ${lineOf(node.getStart()) + 1}`}`,
        lines: lineOf(node.end) - lineOf(node.getStart()) + 1,
        parameters: node.parameters.length,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('the size of the code', () => {
  it(`is at most ${LINES_OF_A_FUNCTION} lines in a function`, () => {
    const long = product.flatMap(functionsOf).filter(({ lines }) => lines > LINES_OF_A_FUNCTION);
    expect(long.map(({ name, lines }) => `${name} has ${lines} lines`)).toEqual([]);
  });

  it(`is at most ${PARAMETERS} positional parameters in a function`, () => {
    const wide = everything.flatMap(functionsOf).filter(({ parameters }) => parameters > PARAMETERS);
    expect(wide.map(({ name, parameters }) => `${name} takes ${parameters}`)).toEqual([]);
  });
});
