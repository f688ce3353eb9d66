/**
 * The code that derived columns are made by, as one hash for each type: of the files that make rows, of the type's table
 * and search parameters, and of every file that these import. It is read from the files that run (TypeScript under test,
 * JavaScript in `dist/`), so that it can never be stale.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SOURCE = join(__dirname, '..');
/** The files that make rows of every type. */
const EVERY_TYPE = ['engines/indexing/row'];
/** The files in the folder of a type that decide how its rows are made. */
const OF_A_FOLDER = ['table', 'search-parameters'];
const OTHER = 'resources/other/index';

const hashes = new Map<string, string>();

/** The hash of the code that makes rows of the type. */
export function codeVersionOf(type: string): string {
  const folder = `resources/${type.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}`;
  const own = OF_A_FOLDER.map((name) => `${folder}/${name}`).filter((path) => fileOf(join(SOURCE, path)));
  const entries = [...EVERY_TYPE, ...(own.length > 0 ? own : [OTHER])];
  const key = entries.join(' ');
  const known = hashes.get(key) ?? hashOf(entries);
  hashes.set(key, known);
  return known;
}

/** The files that these entries reach, below `src`. */
export function filesBehind(entries: readonly string[]): string[] {
  const seen = new Set<string>();
  const visit = (path: string | undefined): void => {
    if (path === undefined || seen.has(path)) return;
    seen.add(path);
    if (!path.endsWith('.json')) for (const each of importsIn(path)) visit(each);
  };
  for (const entry of entries) visit(fileOf(join(SOURCE, entry)));
  return [...seen].map((path) => path.slice(SOURCE.length + 1)).sort();
}

function hashOf(entries: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of filesBehind(entries))
    hash.update(`${path.replace(/\.[jt]s$/, '')}\n`).update(readFileSync(join(SOURCE, path)));
  return hash.digest('hex');
}

function importsIn(path: string): (string | undefined)[] {
  const text = readFileSync(path, 'utf8');
  const names = [...text.matchAll(/(?:from |require\(|import\()['"](\.[^'"]*)['"]/g)].map(
    ([, name]) => name!,
  );
  return names.map((name) => fileOf(join(dirname(path), name)));
}

/** `…/table` is `table.ts` under test and `table.js` in `dist/`; a folder is its `index`. */
function fileOf(path: string): string | undefined {
  const own = __filename.slice(-3);
  return [`${path}${own}`, join(path, `index${own}`), path].find(
    (each) => /\.(ts|js|json)$/.test(each) && existsSync(each),
  );
}
