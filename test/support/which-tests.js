/**
 * Jest's `--filter`: the usual tests, or the slow ones where TESTS is `slow`. Whoever names a slow test gets it.
 * @see https://jestjs.io/docs/cli#--filterfile
 */
const { join, relative, sep } = require('node:path');
const { isSlow } = require('./slow-tests');

const ROOT = join(__dirname, '..', '..');

module.exports = async (paths) => {
  const wantsSlow = process.env.TESTS === 'slow';
  const filtered = paths.filter((path) => isSlow(relative(ROOT, path).split(sep).join('/')) === wantsSlow);
  return { filtered: filtered.length > 0 ? filtered : paths };
};
