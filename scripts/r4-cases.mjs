#!/usr/bin/env node
/**
 * Runs the official R4 validator cases and compares valid with invalid.
 *
 *   npm run build && node scripts/r4-cases.mjs [FOLDER]        (or HOMEWARD_R4_CASES=FOLDER)
 *
 * FOLDER holds the cases, JSON or XML, and expected.json: a list of { file, expect: "valid" | "invalid", errors }.
 * Cases: https://github.com/FHIR/fhir-test-cases. Exit code 1 where fewer than 95 of 100 agree.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const folder = process.argv[2] ?? process.env.HOMEWARD_R4_CASES;
if (!folder) {
  console.error('usage: node scripts/r4-cases.mjs FOLDER   (after npm run build)');
  process.exit(2);
}
const require = createRequire(import.meta.url);
const {
  createStructureValidator,
} = require('../dist/src/engines/validation/structure/create-structure-validator.js');
const {
  createProfileValidator,
} = require('../dist/src/engines/validation/profiles/create-profile-validator.js');
const { asR4Asks, withProfiles } = require('../dist/src/engines/validation/with-profiles.js');
const { parseJson } = require('../dist/src/fhir/json.js');
const { parseXml } = require('../dist/src/fhir/xml/parse-xml.js');

const validator = withProfiles(createStructureValidator(), createProfileValidator(), asR4Asks);
const cases = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
let agreed = 0;
for (const { file, expect, errors } of cases) {
  const bytes = readFileSync(join(folder, file));
  const parsed = file.endsWith('.xml') ? parseXml(bytes) : parseJson(bytes);
  const faults = (parsed.ok ? validator.validate(parsed.value) : [parsed.issue]).filter(
    ({ severity }) => severity === 'error' || severity === 'fatal',
  );
  const verdict = faults.length === 0 ? 'valid' : 'invalid';
  if (verdict === expect) {
    agreed += 1;
    continue;
  }
  console.log(`${file}: expected ${expect}, found ${verdict}`);
  for (const { rule, expression, text } of faults.slice(0, 5))
    console.log(`    ${rule} ${expression}: ${text}`);
  for (const error of errors ?? []) console.log(`    official: ${error}`);
}
console.log(`${agreed} of ${cases.length} agree`);
process.exitCode = agreed / cases.length >= 0.95 ? 0 : 1;
