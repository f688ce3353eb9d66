import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LONGEST } from '../support/longest-first.js';

describe('The test files that begin first', () => {
  it('are there', () => {
    const missing = LONGEST.filter((path) => !existsSync(join(__dirname, '..', '..', path)));
    expect(missing).toEqual([]);
  });
});
