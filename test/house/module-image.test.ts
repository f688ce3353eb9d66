/** Processes of the tests load their modules from an image. They see no other code than without it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'homeward-test-'));
const kept = join(folder, 'kept');
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);

/** Runs `main.js` in a process of its own. @returns what it prints */
function run(env: Record<string, string> = {}): string {
  const use = `require(${JSON.stringify(join(__dirname, '../support/module-image.js'))}).useModuleImage(${JSON.stringify(kept)}, 1);`;
  return execFileSync(
    process.execPath,
    ['-e', `${use} require(${JSON.stringify(join(folder, 'main.js'))})`],
    {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env },
    },
  ).trim();
}

describe('A process with an image of its modules', () => {
  it('runs the same code as one without, from the image', () => {
    put(
      'main.js',
      `const { a, where } = require('./a');\nconsole.log(a, require('./b').b, where(), __filename)`,
    );
    put(
      'a.js',
      `'use strict';\nexports.a = 'first’s';\nexports.where = () => /kept.image/.test(new Error().stack);`,
    );
    put('b.js', `exports.b = require('./a').a.length + (this === exports) + require.resolve('./a').length`);
    const [one, two, three] = [run(), run(), run()];
    expect(one).toMatch(/^first’s \d+ false .*main\.js$/);
    expect([two, three]).toEqual([one, one].map((said) => said.replace(' false ', ' true ')));
    expect(run({ MODULE_IMAGE: 'off' })).toBe(one);
    expect(readdirSync(kept)).toHaveLength(1);
  });

  it('loads what has changed or moved since, and what is new', () => {
    put('a.js', `exports.a = require('./c');\nexports.where = () => 'from its file';`);
    put('c.js', `module.exports = 'changed';`);
    unlinkSync(join(folder, 'b.js'));
    mkdirSync(join(folder, 'b'));
    put('b/index.js', `exports.b = 'moved';`);
    const said = [run(), run(), run()];
    expect(new Set(said)).toEqual(new Set([`changed moved from its file ${join(folder, 'main.js')}`]));
  });

  it('passes over an image that cannot be read', () => {
    const [name] = readdirSync(kept);
    writeFileSync(join(kept, name!), 'no image');
    expect(run()).toMatch(/^changed moved/);
  });
});
