/**
 * A search by the number of a stay takes no time that grows with the square of what somebody has stored: very many
 * stays under the number, and very many readings or documents, also where PostgreSQL expects to read the table.
 */
import { Client } from 'pg';
import { engineAt } from '../search/harness';
import { createTestDatabase, type TestDatabase } from '../support/database';

const MANY = 20_000;
/** Some 0.1 s each. Each row compared with each stay would take ten times as long. */
const LONGEST = '2s';
const NUMBER = 'urn:stay|1';
const FLOODING = '10000000-0000-4000-8000-000000000001';
const ASKED = '20000000-0000-4000-8000-000000000001';
const STAY = '30000000-0000-4000-8000-000000000001';

const engine = engineAt();
let test: TestDatabase;
let client: Client;

const base = 'version_id, last_updated, submission_id, sender, content, status, id, patient_id';
const values = (patient: string): string =>
  `1, now(), '${patient}', 'RX1', '{}', 'final', gen_random_uuid(), '${patient}'`;

beforeAll(async () => {
  test = await createTestDatabase();
  client = new Client(test.connection);
  await client.connect();
  await client.query(`SET statement_timeout = '${LONGEST}'`);
  for (const text of [
    `INSERT INTO encounter (${base}, identifier) SELECT ${values(FLOODING)}, ARRAY['${NUMBER}', '1']
      FROM generate_series(1, ${MANY})`,
    `INSERT INTO organization (${base.replace(', status', '').replace(', patient_id', '')}, identifier)
      SELECT 1, now(), '${FLOODING}', 'RX1', '{}', gen_random_uuid(), ARRAY['${NUMBER}', '1']
      FROM generate_series(1, ${MANY})`,
    // All of one stay: PostgreSQL expects as many of any other.
    `INSERT INTO observation (${base}, encounter, code, performer) SELECT ${values(FLOODING)},
      'Encounter/${FLOODING}', ARRAY['urn:code|1', '1'], ARRAY['Organization/${FLOODING}'] FROM generate_series(1, ${MANY})`,
    `INSERT INTO document_reference (${base}, encounter) SELECT ${values(FLOODING)}, ARRAY['Encounter/${FLOODING}']
      FROM generate_series(1, ${MANY})`,
    `INSERT INTO encounter (${base}, identifier) VALUES (${values(ASKED).replace('gen_random_uuid()', `'${STAY}'`)},
      ARRAY['${NUMBER}', '1'])`,
    `INSERT INTO observation (${base}, encounter) VALUES (${values(ASKED)}, 'Encounter/${STAY}')`,
    `INSERT INTO document_reference (${base}, encounter) VALUES (${values(ASKED)}, ARRAY['Encounter/${STAY}'])`,
    'ANALYZE',
  ])
    await client.query(text);
});
afterAll(async () => {
  await client.end();
  await test.drop();
});

it.each([
  ['Observation', [['encounter.identifier', NUMBER]]],
  [
    'Observation',
    [
      ['encounter.identifier', '1'],
      ['patient', ASKED],
    ],
  ],
  [
    'Observation',
    [
      ['encounter.identifier', NUMBER],
      ['code', 'urn:code|1,urn:code|2'],
    ],
  ],
  ['Observation', [['performer:Organization.identifier', NUMBER]]],
  ['DocumentReference', [['encounter.identifier', NUMBER]]],
  [
    'DocumentReference',
    [
      ['encounter.identifier', '1'],
      ['patient', ASKED],
    ],
  ],
  ['Encounter', [['_has:Observation:encounter:patient', ASKED]]],
  ['Encounter', [['_has:Observation:encounter:code', 'urn:code|1']]],
] as const)('a search of %s by %p takes a moment', async (type, params) => {
  const { statement, values } = engine.explain({
    type,
    params: [...params, ['_count', '5']],
    handling: 'strict',
    allowed: () => true,
    restrictions: () => null,
    sees: () => null,
  });
  await client.query(statement.text, values);
});
