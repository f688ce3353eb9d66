import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../../test/fixtures/certificates';
import { faultOfAuthorities, openAuthorities } from './authorities';

const folder = mkdtempSync(join(tmpdir(), 'homeward-authorities-'));
const path = join(folder, 'ca.pem');
const [first, second] = [certificate('first').cert, certificate('second').cert];
afterAll(() => rmSync(folder, { recursive: true }));

describe('a file of certificate authorities', () => {
  it.each([
    ['empty', ''],
    ['of blanks', ' \n'],
    ['cut off', first.slice(0, 200)],
    ['of something else', 'not a certificate'],
  ])('that is %s is not used, and the earlier one stays in use', async (_what, text) => {
    const problems: string[] = [];
    writeFileSync(path, first);
    const read = openAuthorities(path, (problem) => problems.push(problem));
    expect(await read()).toBe(first);
    writeFileSync(path, text);
    expect(faultOfAuthorities(path)).toBeDefined();
    expect([await read(), await read()]).toEqual([first, first]);
    expect(problems).toEqual([expect.stringContaining('continues to use the earlier ones')]);
    writeFileSync(path, second);
    expect(await read()).toBe(second);
    rmSync(path);
    expect(await read()).toBe(second);
    expect(problems).toHaveLength(2);
  });
});
