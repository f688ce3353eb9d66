/**
 * Takes every FHIR XML file below a folder through JSON and back, and says which lose something: for trying the
 * converter on packages that are not part of the project. Run `npm run build` first.
 *
 *   node scripts/xml-round-trip.mjs FOLDER
 */
import { Buffer } from 'node:buffer';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const require = createRequire(import.meta.url);
const { parseXml } = require('../dist/src/fhir/xml/parse-xml.js');
const { writeXml } = require('../dist/src/fhir/xml/write-xml.js');
const { parseJson } = require('../dist/src/fhir/json.js');
const { stringify } = require('../dist/src/fhir/decimal.js');

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/xml-round-trip.mjs FOLDER');

const counts = { kept: 0, lost: 0, unread: 0, outOfOrder: 0 };
for (const name of readdirSync(folder, { recursive: true })) {
  if (!name.endsWith('.xml')) continue;
  const first = parseXml(readFileSync(join(folder, name)));
  if (!first.ok) {
    counts.unread += 1;
    console.log(`${name}: ${first.issue.text}`);
    continue;
  }
  counts.outOfOrder += first.warnings.length > 0 ? 1 : 0;
  const json = parseJson(Buffer.from(stringify(first.value)));
  const second = json.ok && parseXml(Buffer.from(writeXml(json.value)));
  const isKept = second && second.ok && isDeepStrictEqual(second.value, first.value);
  counts[isKept ? 'kept' : 'lost'] += 1;
  if (!isKept) console.log(`${name}: lost something on the way`);
}
console.log(counts);
process.exitCode = counts.lost > 0 ? 1 : 0;
