/** Writes `docs/tables.md` anew: `npm run docs:tables`. */
require('../test/support/register-typescript');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { tablesPage } = require('../src/interfaces/cli/tables-page');
const { storedResources } = require('../src/resources');

writeFileSync(join(__dirname, '..', 'docs', 'tables.md'), tablesPage(storedResources));
