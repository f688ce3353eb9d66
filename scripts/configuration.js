/** Writes `docs/configuration.md` anew: `npm run docs:configuration`. */
require('../test/support/register-typescript');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { configurationPage } = require('../src/interfaces/cli/configuration-page');
const { variables } = require('../src/config');

writeFileSync(join(__dirname, '..', 'docs', 'configuration.md'), configurationPage(variables));
