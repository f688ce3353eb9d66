/**
 * Writes the bill of materials: every package that is installed with Homeward, in CycloneDX 1.5, as `sbom.cdx.json` or
 * to the given file. npm makes it from package-lock.json. `npm run sbom`, `npm run sbom -- FILE`.
 * @see https://docs.npmjs.com/cli/commands/npm-sbom
 */
const { execFileSync } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const root = join(__dirname, '..');
const [, , file = 'sbom.cdx.json'] = process.argv;

const bom = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  }),
);
// npm calls the project by its folder, and a library.
const { component } = bom.metadata;
component.name = require('../package.json').name;
component.type = 'application';

writeFileSync(resolve(root, file), `${JSON.stringify(bom, null, 2)}\n`);
console.log(`${file}: ${bom.components.length} packages`);
