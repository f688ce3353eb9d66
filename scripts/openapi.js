/** Writes `openapi/homeward.json` anew from the table of routes and the definitions: `npm run docs:openapi`. */
require('../test/support/register-typescript');
const { writeFileSync } = require('node:fs');
const { openApiPath, openApiText } = require('../test/support/documented-api');

writeFileSync(openApiPath, openApiText());
