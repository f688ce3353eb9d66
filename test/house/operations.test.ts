/** The list of operations is as the files of its folder are (`npm run docs:operations`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operationsFolder, operationsIndex } from '../support/operations-index';
import { root } from '../support/sources';

describe('the list of operations', () => {
  it('has every file that exports one', () => {
    const written = readFileSync(join(operationsFolder(root), 'index.ts'), 'utf8');
    expect(written).toBe(operationsIndex(root));
  });
});
