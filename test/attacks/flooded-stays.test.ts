/**
 * What a search of an organisation that reads its own patients does for the rows of others does not grow with how many
 * stays their patient has, also before PostgreSQL has counted a flood of stays.
 */
import { Client } from 'pg';
import { isPatientOf } from '../../src/resources/patient/of-organisation';
import { engineAt } from '../search/harness';
import { countedPages } from '../support/counted-pages';
import { createTestDatabase, type TestDatabase } from '../support/database';

const FEW = 300;
const MANY = 4 * FEW;
const CODE = 'https://fhir.nhs.uk/Id/ods-organization-code';
const NUMBER = 'urn:stay|1';
const id = (kind: number, n: number): string =>
  `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const organisation = { RR8: id(1, 1), RX1: id(1, 2) };
const [BY_REFERENCE, BY_CODE, FLOODED] = [id(2, 1), id(2, 2), id(2, 3)];

const engine = engineAt();
let test: TestDatabase;
let client: Client;
let stays: number;

beforeEach(async () => {
  stays = 0;
  test = await createTestDatabase();
  client = new Client(test.connection);
  await client.connect();
  for (const table of ['encounter', 'observation'])
    await client.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
  for (const [code, of] of Object.entries(organisation))
    await client.query(
      `INSERT INTO organization (id, version_id, last_updated, submission_id, sender, content, ods_code)
       VALUES ($1, 1, now(), $1, $2, '{}', $2)`,
      [of, code],
    );
});
afterEach(async () => {
  await client.end();
  await test.drop();
});

const byReference = (code: keyof typeof organisation): string => `'Organization/${organisation[code]}', NULL`;
const byCode = (code: string): string => `NULL, ARRAY['${CODE}|${code}', '${code}']`;

/** Stores so many stays of the patient under the one number, each with a reading. */
async function store(count: number, patient: string, provider: string): Promise<void> {
  const base = 'id, version_id, last_updated, patient_id, submission_id, sender, content, status, identifier';
  for (const [table, columns, values] of [
    ['encounter', 'service_provider, service_provider_identifier', provider],
    ['observation', 'encounter, code', `'Encounter/' || stay, ARRAY['urn:code|1', '1']`],
  ] as const)
    await client.query(
      `INSERT INTO ${table} (${base}, ${columns})
       SELECT stay::uuid, 1, now(), $1::uuid, $1::uuid, 'RX1', repeat('x', 400), 'finished', ARRAY['${NUMBER}', '1'], ${values}
       FROM generate_series($2::integer, $3::integer) AS n,
         LATERAL (SELECT '30000000-0000-4000-8000-' || lpad(n::text, 12, '0')) AS numbered (stay)`,
      [patient, stays + 1, stays + count],
    );
  stays += count;
}

/** How many pages PostgreSQL looks at for a search of RR8, and how many it finds of 5. */
async function search(type: string, params: [string, string][]): Promise<{ found: number; pages: number }> {
  const reader = { odsCode: 'RR8', callerIs: 'RR8', actors: [] };
  const asked = engine.explain({
    type,
    params: [...params, ['_count', '5']],
    handling: 'strict',
    allowed: () => true,
    restrictions: () => null,
    sees: (of) =>
      of === 'Encounter' || of === 'Observation'
        ? (alias, bind, ofMany) => isPatientOf(reader, `${alias}.patient_id`, bind, ofMany)
        : null,
  });
  return countedPages(client, asked);
}

const searches: [string, [string, string][]][] = [
  ['Encounter', [['identifier', NUMBER]]],
  ['Encounter', [['status', 'finished']]],
  ['Observation', [['encounter.identifier', NUMBER]]],
  ['Observation', [['code', 'urn:code|1']]],
];

async function pagesOfEach(): Promise<number[]> {
  const pages: number[] = [];
  for (const [type, params] of searches) {
    const answer = await search(type, params);
    expect([type, params, answer.found]).toEqual([type, params, 2]);
    pages.push(answer.pages);
  }
  return pages;
}

describe.each([
  ['never', [] as string[]],
  ['before the flood', ['before']],
  ['in the flood', ['between']],
])('the searches of an organisation, with statistics made %s', (_when, analysed) => {
  it.each([
    ['of a provider by reference, and a general plan', byReference('RX1'), 'force_generic_plan'],
    ['of a provider by reference, and a plan of these values', byReference('RX1'), 'force_custom_plan'],
    ['of a provider by its code alone', byCode('RX1'), 'force_generic_plan'],
    ['of no provider', 'NULL, NULL', 'force_generic_plan'],
  ])('read in proportion to the stays of others, %s', async (_how, flood, planning) => {
    await client.query(`SET plan_cache_mode = ${planning}`);
    await store(1, BY_REFERENCE, byReference('RR8'));
    await store(1, BY_CODE, byCode('RR8'));
    for (let other = 10; other < 25; other += 1) await store(1, id(2, other), byReference('RX1'));
    if (analysed.includes('before')) await client.query('ANALYZE');
    await store(FEW, FLOODED, flood);
    if (analysed.includes('between')) await client.query('ANALYZE');
    const few = await pagesOfEach();
    await store(MANY - FEW, FLOODED, flood);
    const many = await pagesOfEach();
    // Four where it is in proportion, and fifteen where the stays of a patient are read for each of its rows.
    for (const [at, pages] of many.entries()) expect(pages / few[at]!).toBeLessThan(7);
  });
});
