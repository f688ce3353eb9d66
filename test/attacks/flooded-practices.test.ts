/**
 * What a search of an organisation that reads its own patients does to find out whose GP practice it is does not grow
 * with what others have stored: versions of one Patient, roles that work for the organisation, rows of one patient.
 */
import { Client } from 'pg';
import { anyOf, type Clause } from '../../src/engines/indexing/indexing';
import { isPatientOf } from '../../src/resources/patient/of-organisation';
import { engineAt } from '../search/harness';
import { countedPages } from '../support/counted-pages';
import { createTestDatabase, type TestDatabase } from '../support/database';

const FEW = 200;
const MANY = 4 * FEW;
const CODE = 'https://fhir.nhs.uk/Id/ods-organization-code';
const id = (kind: number, n: number): string =>
  `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const idOf = (kind: number, n: string): string =>
  `('${kind}0000000-0000-4000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
const practice = (code: string): string => `ARRAY['${CODE}|${code}', '${code}']`;
const [NAMED, FLOODED] = [1, 2];

const engine = engineAt();
let test: TestDatabase;
let client: Client;

beforeEach(async () => {
  test = await createTestDatabase();
  client = new Client(test.connection);
  await client.connect();
  for (const table of ['patient', 'patient_history', 'observation', 'practitioner_role'])
    await client.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
});
afterEach(async () => {
  await client.end();
  await test.drop();
});

const BASE = 'id, version_id, last_updated, submission_id, sender, content';

/** Versions of a Patient by RX1, the current one last. */
async function patient(n: number, versions: readonly string[]): Promise<void> {
  const columns = `${BASE}, patient_id, general_practitioner_identifier, general_practitioner`;
  for (const [at, named] of versions.entries())
    await client.query(
      `INSERT INTO ${at === versions.length - 1 ? 'patient' : 'patient_history'} (${columns})
       VALUES ($1, $2, now(), $1, 'RX1', '{}', $1, ${named})`,
      [id(1, n), 1_000_000 * at],
    );
}

/** Older versions of the flooded Patient, with the practice that they name. */
const olderVersions = (from: number, to: number, code: string): Promise<unknown> =>
  client.query(
    `INSERT INTO patient_history (${BASE}, patient_id, general_practitioner_identifier)
     SELECT $1::uuid, n, now(), $1::uuid, 'RX1', repeat('x', 400), $1::uuid, ${practice(code)}
     FROM generate_series($2::integer, $3::integer) AS n`,
    [id(1, FLOODED), from, to],
  );

const roles = (from: number, to: number): Promise<unknown> =>
  client.query(
    `INSERT INTO practitioner_role (${BASE}, organization_identifier)
     SELECT ${idOf(3, 'n')}, 1, now(), ${idOf(3, 'n')}, 'RX2', repeat('x', 400), ${practice('GP1')}
     FROM generate_series($1::integer, $2::integer) AS n`,
    [from, to],
  );

const readings = (of: number, from: number, to: number): Promise<unknown> =>
  client.query(
    `INSERT INTO observation (${BASE}, patient_id, status, identifier)
     SELECT ${idOf(4, 'n')}, 1, now(), $1::uuid, 'RX1', repeat('x', 400), $1::uuid, 'final', ARRAY['urn:n|1', '1']
     FROM generate_series($2::integer, $3::integer) AS n`,
    [id(1, of), from, to],
  );

const flags = (of: number, from: number, to: number): Promise<unknown> =>
  client.query(
    `INSERT INTO other_resource (${BASE}, resource_type, patient_id, identifier)
     SELECT ${idOf(6, 'n')}, 1, now(), $1::uuid, 'RX1', repeat('x', 400), 'Flag', $1::uuid, ARRAY['urn:n|1', '1']
     FROM generate_series($2::integer, $3::integer) AS n`,
    [id(1, of), from, to],
  );

/** How many pages PostgreSQL looks at for a search of GP1, and how many resources it finds of 5. */
async function search(
  params: [string, string][],
  odsCode = 'GP1',
  { type = 'Observation', scope, sent }: { type?: string; scope?: string; sent?: string } = {},
): Promise<{ found: number; pages: number }> {
  const reader = { odsCode, callerIs: odsCode, actors: [] };
  const ofOrganisation: Clause = (alias, bind, ofMany) =>
    isPatientOf(reader, `${alias}.patient_id`, bind, ofMany);
  const bySender: Clause = (alias, bind) => `${alias}.sender = ${bind(sent, 'text')}`;
  const asked = engine.explain({
    type,
    params: [...params, ['_count', '5']],
    handling: 'strict',
    allowed: () => true,
    restrictions: () => (scope === undefined ? null : [scope]),
    sees: (of) =>
      of !== type ? null : sent === undefined ? ofOrganisation : anyOf([ofOrganisation, bySender]),
  });
  return countedPages(client, asked);
}

const BROAD: [string, string][] = [['status', 'final']];
const POINTED: [string, string][] = [['identifier', 'urn:n|1']];

describe.each([
  ['never', false],
  ['before the flood', true],
])('of a practice, with statistics made %s,', (_when, analysed) => {
  beforeEach(async () => {
    await patient(NAMED, [`${practice('GP1')}, NULL`]);
    await patient(FLOODED, [`${practice('GP1')}, NULL`, `${practice('GP9')}, NULL`]);
    await readings(NAMED, 1, 2);
    await readings(FLOODED, 3, FEW);
    if (analysed) await client.query('ANALYZE');
  });

  it.each([
    ['', 'GP9'],
    [', each of them naming it,', 'GP1'],
  ])('a broad search%s does not read all versions of a Patient for each of its rows', async (_what, code) => {
    await client.query(`UPDATE patient SET version_id = 2000000 WHERE id = '${id(1, FLOODED)}'`);
    await olderVersions(1, FEW, code);
    const few = await search(BROAD);
    await olderVersions(FEW + 1, MANY, code);
    await readings(FLOODED, FEW + 1, MANY);
    const many = await search(BROAD);
    expect([few.found, many.found]).toEqual([2, 2]);
    // Four where it is in proportion, and sixteen where each row reads all versions.
    expect(many.pages / few.pages).toBeLessThan(7);
  });

  it('a broad search does not compare each Patient with all roles there', async () => {
    const others = async (from: number, to: number): Promise<unknown> =>
      client.query(
        `INSERT INTO patient (${BASE}, patient_id, general_practitioner)
       SELECT ${idOf(1, 'n')}, 1, now(), ${idOf(1, 'n')}, 'RX1', '{}', ${idOf(1, 'n')}, ARRAY['PractitionerRole/' || ${idOf(5, 'n')}]
       FROM generate_series($1::integer, $2::integer) AS n`,
        [from, to],
      );
    await others(10, 4_000);
    await roles(1, 40_000);
    // It takes less than a tenth of a second, and several seconds where each is compared with each.
    await client.query("SET statement_timeout = '2s'");
    expect((await search(BROAD)).found).toBe(2);
  });

  it('a pointed search decides once for each patient', async () => {
    await readings(FLOODED, FEW + 1, MANY);
    const hidden = await search(POINTED);
    const nobody = await search(POINTED, 'GP2');
    expect([hidden.found, nobody.found]).toEqual([2, 0]);
    // Twice the rows, and a few pages for each of the two patients: not two pages or more for each row.
    expect(hidden.pages).toBeLessThan(MANY);
    expect(nobody.pages).toBeLessThan(MANY);
  });

  it.each<[string, { type?: string; scope?: string; sent?: string }]>([
    ['of readings, with a scope for some of them', { scope: 'status=final' }],
    ['of readings, for a condition, which finds own ones too', { sent: 'GP1' }],
    ['of a type without a table of its own', { type: 'Flag' }],
    ['of such a type, with a scope for some', { type: 'Flag', scope: 'identifier=urn:n|1' }],
  ])('and so does one %s', async (_what, how) => {
    await flags(NAMED, 1, 2);
    await flags(FLOODED, 3, MANY);
    await readings(FLOODED, FEW + 1, MANY);
    const one = await search(POINTED, 'GP1', how);
    const nobody = await search(POINTED, 'GP2', { ...how, ...(how.sent && { sent: 'GP2' }) });
    expect([one.found, nobody.found]).toEqual([2, 0]);
    expect(one.pages).toBeLessThan(MANY);
    expect(nobody.pages).toBeLessThan(MANY);
  });
});

it('a broad search looks at a few of the Organizations with its code that a sender has stored', async () => {
  const organisations = (sender: string, from: string, kind: string, to: number): Promise<unknown> =>
    client.query(
      `INSERT INTO organization (${BASE}, ods_code)
       SELECT (left(made::text, 14) || '${kind}' || substr(made::text, 16))::uuid, 1, now(), made, '${sender}', '{}', 'GP1'
       FROM generate_series(1, ${to}) AS n, LATERAL (SELECT md5('${from}' || n)::uuid AS made) AS id`,
    );
  // The one that all senders share: another sender has written it last.
  await organisations('RX9', 'shared', '8', 1);
  await organisations('RX9', 'flood', '7', MANY);
  await organisations('RX1', 'own', '7', 2);
  for (const [n, made] of ['shared1', 'own2'].entries()) {
    const kind = made.startsWith('shared') ? '8' : '7';
    await client.query(
      `INSERT INTO encounter (${BASE}, patient_id, service_provider)
       SELECT $1::uuid, 1, now(), $1::uuid, 'RX1', '{}', $1::uuid,
         'Organization/' || left(made::text, 14) || '${kind}' || substr(made::text, 16)
       FROM (SELECT md5('${made}')::uuid AS made) AS id`,
      [id(1, 100 + n)],
    );
    await readings(100 + n, n + 1, n + 1);
  }
  await readings(FLOODED, 10, FEW);
  const { found, pages } = await search(BROAD);
  expect(found).toBe(2);
  // Some 25 probes for each of 190 rows, and not 800.
  expect(pages / FEW).toBeLessThan(150);
});

it.each([
  ['through a role, where there are more roles than are looked for one by one', 2_500],
  ['through a role', 1],
])('a practice is named %s', async (_how, count) => {
  await patient(NAMED, [`NULL, ARRAY['PractitionerRole/${id(3, 1)}']`]);
  await readings(NAMED, 1, 2);
  await roles(1, count);
  const found = [await search(BROAD), await search(POINTED), await search(BROAD, 'GP2')];
  expect(found.map((each) => each.found)).toEqual([2, 2, 0]);
});

it.each([
  [20, 2],
  [21, 0],
])('of %i practices that a Patient names, one sees %i readings', async (count, seen) => {
  const codes = Array.from({ length: count }, (_each, n) => `GP${n + 1}`);
  const tokens = codes.flatMap((code) => [`${CODE}|${code}`, code]).map((token) => `'${token}'`);
  await patient(NAMED, [`ARRAY[${tokens.join()}], NULL`]);
  await readings(NAMED, 1, 2);
  const found = [await search(BROAD), await search(POINTED)];
  expect(found.map((each) => each.found)).toEqual([seen, seen]);
});
