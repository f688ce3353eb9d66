/**
 * An organisation that reads its own patients reads a resource and its history also after another sender has written
 * very many versions of it, or of its Patient.
 */
import type { SearchEngine } from '../../src/engines/search/search';
import type { Database } from '../../src/platform/postgres';
import { isPatientOf } from '../../src/resources/patient/of-organisation';
import { engineAt } from '../search/harness';
import { openTestDatabase } from '../support/database';

/** If each version of one were compared with each of the other, it would take longer than a statement may (5 s). */
const MANY = 5_000;
const PATIENT = '20000000-0000-4000-8000-000000000001';
const STAY = '30000000-0000-4000-8000-000000000001';
const practice = (code: string): string =>
  `ARRAY['https://fhir.nhs.uk/Id/ods-organization-code|${code}', '${code}']`;

let database: Database;
let close: () => Promise<void>;
let engine: SearchEngine;

beforeAll(async () => {
  ({ database, close } = await openTestDatabase(2));
  engine = engineAt();
  const base = 'id, version_id, last_updated, submission_id, patient_id, content, sender';
  const values = (id: string, version: string): string =>
    `'${id}', ${version}, now(), '${PATIENT}', '${PATIENT}', repeat('x', 800)`;
  const versions = `FROM generate_series(2, ${MANY}) AS n`;
  for (const text of [
    `INSERT INTO patient_history (${base}, general_practitioner_identifier) VALUES (${values(PATIENT, '1')}, 'RR8', ${practice('GP1')})`,
    `INSERT INTO patient_history (${base}, general_practitioner_identifier) SELECT ${values(PATIENT, 'n')}, 'RX1', ${practice('GP2')} ${versions}`,
    `INSERT INTO patient (${base}, general_practitioner_identifier) VALUES (${values(PATIENT, `${MANY + 1}`)}, 'RX1', ${practice('GP2')})`,
    `INSERT INTO encounter_history (${base}) SELECT ${values(STAY, 'n - 1')}, 'RR8' ${versions}`,
    `INSERT INTO encounter (${base}) VALUES (${values(STAY, `${MANY}`)}, 'RR8')`,
  ])
    await database.query({ text });
});
afterAll(() => close());

it.each([
  ['Patient', PATIENT, 'GP1', MANY + 1],
  ['Encounter', STAY, 'GP1', MANY],
  ['Encounter', STAY, 'GP2', MANY],
  ['Encounter', STAY, 'GP3', 0],
])('the versions of a %s (%s) are read by a practice, %s: %i', async (type, id, odsCode, found) => {
  const reader = { odsCode, callerIs: odsCode, actors: [] };
  const seen = await engine.seenVersions(database, type, id, {
    allowed: () => true,
    restrictions: () => null,
    sees: () => (alias, bind) => isPatientOf(reader, `${alias}.patient_id`, bind),
  });
  expect(seen?.size).toBe(found);
});
