/** Writes the list of operations anew from the files of their folder: `npm run docs:operations`. */
require('../test/support/register-typescript');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { operationsFolder, operationsIndex } = require('../test/support/operations-index');

const root = join(__dirname, '..');
writeFileSync(join(operationsFolder(root), 'index.ts'), operationsIndex(root));
