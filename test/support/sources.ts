/** The project's own TypeScript, for the tests that hold the house in order: what there is, and what imports what. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

export const root = resolve(__dirname, '..', '..');

/** Paths below the root, with `/`, of the files in a folder whose names end so. */
export function filesIn(folder: string, ...endings: string[]): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

export const isTest = (path: string): boolean => path.endsWith('.test.ts');

export const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Files of the project that a file imports, types included. */
export function importsOf(path: string, known: ReadonlySet<string>): string[] {
  return ts
    .preProcessFile(textOf(path), true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) =>
      relative(root, resolve(root, dirname(path), name))
        .split(sep)
        .join('/'),
    )
    .flatMap((stem) => [`${stem}.ts`, `${stem}/index.ts`].filter((each) => known.has(each)).slice(0, 1));
}
