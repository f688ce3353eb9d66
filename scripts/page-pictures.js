/** Writes the pictures of the pages into `docs/pages/` anew: `npm run docs:pages`. It needs Chromium. */
require('../test/support/register-typescript');
const { makePictures } = require('../test/console/page-pictures');

makePictures().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
