/** The lists of test files: which begin first, and which are slow. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LONGEST } from '../support/longest-first.js';
import { isSlow, SLOW_TESTS } from '../support/slow-tests.js';
import { filesIn, root } from '../support/sources';

describe('The test files that begin first', () => {
  it('are there', () => {
    expect(LONGEST.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('The slow test files', () => {
  const files = filesIn('test', '.test.ts');

  it('are there', () => {
    const isOne = (path: string): boolean =>
      existsSync(join(root, path)) && statSync(join(root, path)).isDirectory() === path.endsWith('/');
    expect(SLOW_TESTS.filter((path) => !isOne(path))).toEqual([]);
  });

  it('are all of a folder, or the one file', () => {
    expect(isSlow('test/faults/processes.test.ts')).toBe(true);
    expect(isSlow('test/model/model.test.ts')).toBe(true);
    expect(isSlow('test/model/linearize.test.ts')).toBe(false);
  });

  it('are few beside the usual ones', () => {
    expect(files.filter(isSlow).length).toBeLessThan(files.length / 4);
  });
});
