/**
 * The text of `src/interfaces/http/operations/index.ts`, made from the files beside it: each that exports an Operation
 * is an operation of the server. `npm run docs:operations` writes it. The files are read and not run, so that the list
 * can be made while it names a file that is gone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const EXPORTED = /^export const (\w+): Operation = /m;

/** @param root the folder that `src` is in */
export const operationsFolder = (root: string): string =>
  join(root, 'src', 'interfaces', 'http', 'operations');

export function operationsIndex(root: string): string {
  const folder = operationsFolder(root);
  const operations = readdirSync(folder)
    .filter((name) => /^[a-z-]+\.ts$/.test(name))
    .sort()
    .flatMap((name) => {
      const exported = EXPORTED.exec(readFileSync(join(folder, name), 'utf8'))?.[1];
      return exported === undefined ? [] : [{ name: name.replace('.ts', ''), exported }];
    });
  const imports = [...operations, { name: 'operation', exported: 'type Operation' }]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, exported }) => `import { ${exported} } from './${name}';`.replace('{ type', 'type {'));
  const lines = operations.map(({ exported }) => `  ${exported},`);
  return `${[
    '/** Every operation. Made from the files of this folder by: npm run docs:operations */',
    ...imports,
    '',
    'export const operations: readonly Operation[] = [',
    ...lines,
    '];',
  ].join('\n')}\n`;
}
