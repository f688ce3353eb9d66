/**
 * Prints the licence of every package that is installed with Homeward, as a table in Markdown. Ends with 1 if a package
 * has a licence that is not in the list below. `npm run licences`.
 */
const { packages } = require('../package-lock.json');

/** Licences that allow Homeward to be passed on under the Apache License 2.0. */
const allowed = new Set([
  ...['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Python-2.0'],
  // A font, which may be used and passed on with anything.
  'OFL-1.1',
]);

/** Packages whose package.json names no SPDX licence: what their files say. */
const read = {
  '@lhncbc/ucum-lhc': 'BSD-like, of the National Library of Medicine, with the terms of UCUM (LICENSE.md)',
  fhirpath: 'BSD-like, of the National Library of Medicine (LICENSE.md)',
  'emitter-component': 'MIT, as its repository says',
  'png-js': 'MIT (LICENSE)',
};

const rows = Object.entries(packages)
  .filter(([path, { dev }]) => path !== '' && !dev)
  .map(([path, { version, license }]) => {
    const name = path.replace(/^.*node_modules\//, '');
    return { name, version, licence: read[name] ?? license ?? 'none', isAllowed: isAllowed(name, license) };
  })
  .sort((a, b) => (a.name < b.name ? -1 : 1));

/** `MIT AND OFL-1.1` needs both, `WTFPL OR ISC` one of them. */
function isAllowed(name, license = '') {
  if (name in read) return true;
  const plain = license.replace(/[()]/g, '');
  if (plain.includes(' OR ')) return plain.split(' OR ').some((each) => allowed.has(each));
  return plain.split(' AND ').every((each) => allowed.has(each));
}

console.log('| package | version | licence |\n| --- | --- | --- |');
for (const { name, version, licence } of rows) console.log(`| ${name} | ${version} | ${licence} |`);

const wrong = rows.filter((row) => !row.isAllowed);
for (const { name, version, licence } of wrong)
  console.error(`${name} ${version} has the licence ${licence}, which is not in scripts/licences.js.`);
process.exitCode = wrong.length === 0 ? 0 : 1;
