/**
 * Puts `homeward` among the project's commands (`node_modules/.bin`), where `npx homeward` finds it. The build runs this.
 * A `bin` entry in package.json is npm's way to do so, but is made for packages that are installed into another: for the
 * project's own, npx builds a copy in its cache first, and with npm 11 that fails.
 */
const { mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const folder = join(__dirname, '..', 'node_modules', '.bin');
const link = join(folder, 'homeward');
const target = join('..', '..', 'bin', 'homeward.js');

if (process.platform === 'win32') {
  writeFileSync(`${link}.cmd`, `@node "%~dp0\\${target}" %*\r\n`);
} else if (linked() !== target) {
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

function linked() {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
