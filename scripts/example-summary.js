/** Writes `examples/summary.json` anew: `npm run example`. */
require('../test/support/register-typescript');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { exampleText } = require('../src/demo/example');

writeFileSync(join(__dirname, '..', 'examples', 'summary.json'), exampleText());
