/** Writes `docs/rules.md` anew: `npm run docs:rules`. */
require('../test/support/register-typescript');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { rulesPage } = require('../src/interfaces/cli/rules-page');
const { common, guidance } = require('../src/resources');
const { issueSections: sections } = require('../src/definitions/issues');
const { statusOf } = require('../src/interfaces/http/status');

writeFileSync(join(__dirname, '..', 'docs', 'rules.md'), rulesPage({ guidance, common, sections, statusOf }));
