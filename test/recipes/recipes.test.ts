/**
 * The recipes of `docs/contributing.md`, followed in a copy of the code. The copy is started on a database that the
 * unchanged code has filled: nothing is lost, what is new is found in what was there before, and the ledger verifies.
 * `RECIPES=types npx jest test/recipes` also checks the types of the copy.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { expectedSchemaOf } from '../../src/engines/ledger/expected-schema';
import type { Json } from '../../src/fhir/types';
import type { Queryable } from '../../src/platform/postgres';
import { aSummary } from '../fixtures/summary';
import { accepted, freshSummary, send, type AnyJson } from '../semantics/sending';
import { createTestDatabase } from '../support/database';
import { startHomeward, type Homeward } from '../support/homeward';
import { operationsFolder, operationsIndex } from '../support/operations-index';
import { root } from '../support/sources';
import { filesOf, follow, readRecipes } from './read-recipes';

jest.setTimeout(120_000);

const recipes = readRecipes();
/** The most files that a person edits for each. */
const most: Readonly<Record<string, number>> = {
  'add a resource type': 6,
  'add an interface': 4,
  'add a column and a search parameter': 2,
  'add a rule with a repair': 3,
  'add an operation': 1,
};

const copy = mkdtempSync(join(tmpdir(), 'homeward-recipes-'));
const inbox = join(copy, 'inbox');
/** A module of the copy. */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- it is not there before the test has made it
const changedCode = <T>(path: string): T => require(join(copy, path)) as T;

const get = async (on: Homeward, path: string): Promise<AnyJson> => (await on.call('GET', path)).json;
const found = async (on: Homeward, path: string): Promise<string[]> =>
  ((await get(on, `/FHIR/R4/${path}`)).entry ?? []).map(({ resource }: AnyJson) => resource.id);
const ruleIds = ({ json }: { json: AnyJson }): string[] =>
  json.issue.map(({ details }: AnyJson) => details?.coding[0].code);

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 800; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it does not come to that');
}

/** Nothing is left to do in the background, and everything is sealed. */
async function settled({ app: { database } }: Homeward): Promise<void> {
  await until(async () => {
    const [row] = await database.query<{ waits: boolean }>({
      text: `SELECT EXISTS (SELECT 1 FROM reindexing) OR EXISTS (SELECT 1 FROM submission
        WHERE xid >= coalesce((SELECT max(upto) FROM ledger_seal), '0')) AS waits`,
    });
    return !row!.waits;
  });
}

function makeCopy(): void {
  for (const folder of ['src', 'migrations', 'openapi', 'examples', 'test/support', 'package.json'])
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  mkdirSync(inbox);
}

/** What `npm run migration` and `npm run docs` write that a server reads; they start a PostgreSQL each. */
async function generate(): Promise<void> {
  writeFileSync(join(operationsFolder(copy), 'index.ts'), operationsIndex(copy));
  const { changesFor, migrationText } = changedCode<typeof import('../../src/interfaces/cli/migration-file')>(
    'src/interfaces/cli/migration-file',
  );
  const { storedResources } = changedCode<typeof import('../../src/resources')>('src/resources');
  const database = await createTestDatabase();
  const client = new Client(database.connection);
  await client.connect();
  const db = {
    query: async <R>({ text }: { text: string }, values?: readonly unknown[]) =>
      (await client.query(text, values && [...values])).rows as R[],
  } as unknown as Queryable;
  await client.query('BEGIN');
  const changes = await changesFor(db, storedResources);
  await client.query('ROLLBACK');
  expect(changes.map(({ table }) => table).sort()).toEqual(['care_plan', 'encounter']);
  writeFileSync(join(copy, 'migrations', '9000_recipes.sql'), migrationText('recipes', changes));
  await changedCode<typeof import('../../src/engines/store/migrate')>('src/engines/store/migrate').migrate(
    database.connection,
    () => undefined,
  );
  writeFileSync(
    join(copy, 'src', 'engines', 'ledger', 'expected-schema.json'),
    JSON.stringify(await expectedSchemaOf(db)),
  );
  await client.end();
  await database.drop();
  const { openApiPath, openApiText } = changedCode<typeof import('../support/documented-api')>(
    'test/support/documented-api',
  );
  writeFileSync(openApiPath, openApiText());
}

/** The server of the copy, where the unchanged one was. */
function startChanged(before: Homeward): Promise<Homeward> {
  const { createApp } = changedCode<typeof import('../../src/app')>('src/app');
  const { readConfig } = changedCode<typeof import('../../src/config')>('src/config');
  const read = readConfig({
    PORT: '0',
    DATA_DIR: before.place.dataDir,
    DATABASE_MAX_CONNECTIONS: '8',
    INBOX: inbox,
    INBOX_ODS: 'RR8',
  });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  return startHomeward({}, undefined, undefined, {
    on: before.place,
    create: (options) => createApp({ ...options, config: read.config }),
  });
}

const plan = (more: object): AnyJson => ({
  resourceType: 'CarePlan',
  status: 'active',
  intent: 'plan',
  category: [{ coding: [{ system: 'http://snomed.info/sct', code: '734163000' }] }],
  description: 'Oxygen at night.',
  period: { start: '2025-03-03', end: '2025-03-10' },
  ...more,
});

const HOME = { coding: [{ system: 'http://snomed.info/sct', code: '306689006' }] };

/** A stay that ends at home, with two care plans, one of which is changed afterwards. */
async function fill(homeward: Homeward) {
  const summary = freshSummary().with('Encounter.hospitalization', { dischargeDisposition: HOME });
  await accepted(homeward, summary);
  const [patient] = await found(homeward, 'Patient');
  const [encounter] = await found(homeward, 'Encounter');
  await accepted(homeward, freshSummary());
  const subject = { reference: `Patient/${patient}` };
  const more = { subject, encounter: { reference: `Encounter/${encounter}` } };
  const transaction = (...entry: object[]): object => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry,
  });
  const { json } = await accepted(
    homeward,
    transaction(
      { resource: plan({ ...more, title: 'First' }), request: { method: 'POST', url: 'CarePlan' } },
      { resource: plan({ ...more, intent: 'order' }), request: { method: 'POST', url: 'CarePlan' } },
    ),
    { path: '/FHIR/R4' },
  );
  const [first, second] = json.entry.map(
    ({ response }: AnyJson) => String(response.location).split('/')[1]!,
  ) as [string, string];
  const resource = plan({ ...more, id: first, title: 'Changed' });
  await accepted(homeward, transaction({ resource, request: { method: 'PUT', url: `CarePlan/${first}` } }), {
    path: '/FHIR/R4',
  });
  return { patient: patient!, encounter: encounter!, first, second };
}

describe('the recipes of docs/contributing.md', () => {
  it('are these', () => {
    expect(recipes.map(({ name }) => name)).toEqual(Object.keys(most));
  });

  it.each(recipes)('$name: no more files than it should be', (recipe) => {
    expect(filesOf(recipe).length).toBeGreaterThan(0);
    expect(filesOf(recipe).length).toBeLessThanOrEqual(most[recipe.name]!);
  });

  it('name commands that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const missing = recipes
      .flatMap(({ commands }) => commands)
      .filter((line) => {
        const [, script, tests] = /^(?:npm run (\S+).*|npx jest (.*))$/.exec(line) ?? [];
        if (script !== undefined) return scripts[script] === undefined;
        return !tests
          ?.split(' ')
          .every((path) => existsSync(join(root, path)) || existsSync(join(root, `${path}.test.ts`)));
      });
    expect(missing).toEqual([]);
  });
});

describe('the code with all of them, on what the code without them has stored', () => {
  let before: Homeward;
  let homeward: Homeward;
  let ids: Awaited<ReturnType<typeof fill>>;

  beforeAll(async () => {
    before = await startHomeward();
    ids = await fill(before);
    await settled(before);
    await before.stop();
    makeCopy();
    for (const recipe of recipes) follow(recipe, copy);
    await generate();
    homeward = await startChanged(before);
  });
  afterAll(async () => {
    await homeward?.stop();
    await before?.close();
    rmSync(copy, { recursive: true, force: true });
  });

  it('resource type: what is stored is found by id, version, history, search and $everything', async () => {
    const { patient, encounter, first, second } = ids;
    expect(await get(homeward, `/FHIR/R4/CarePlan/${first}`)).toMatchObject({ title: 'Changed' });
    expect(await get(homeward, `/FHIR/R4/CarePlan/${first}/_history/1`)).toMatchObject({ title: 'First' });
    const both = [first, second].sort();
    for (const search of [
      `patient=${patient}`,
      `subject=Patient/${patient}&status=active`,
      'date=ge2025-03-03&date=le2025-03-10',
      'category=734163000',
      `encounter=${encounter}`,
    ])
      expect([search, (await found(homeward, `CarePlan?${search}`)).sort()]).toEqual([search, both]);
    expect(await found(homeward, 'CarePlan?intent=order')).toEqual([second]);
    expect(await found(homeward, `Patient/${patient}/$everything`)).toEqual(expect.arrayContaining(both));
  });

  it('resource type: its rules hold, and the ledger knows its rows', async () => {
    const wrong = aSummary().changed((bundle) => {
      const { fullUrl } = (bundle.entry as AnyJson[]).find(
        ({ resource }) => resource.resourceType === 'Patient',
      );
      const resource = plan({
        id: 'd2b1f7a4-51c6-4f3e-8a90-6c0b7e5d4321',
        subject: { reference: fullUrl },
        status: 'draft',
        period: { start: '2025-03-10', end: '2025-03-03' },
      });
      (bundle.entry as Json[]).push({ fullUrl: `urn:uuid:${resource.id}`, resource });
    });
    const refused = await send(homeward, wrong);
    expect([refused.status, ruleIds(refused)]).toEqual([422, ['care-plan-05', 'care-plan-01']]);
  });

  it('interface: a file is stored or refused, and its name says so', async () => {
    const put = (name: string, bytes: Buffer | string): void => {
      writeFileSync(join(copy, name), bytes);
      renameSync(join(copy, name), join(inbox, name));
    };
    put('good.json', freshSummary().bytes());
    put('bad.json', '{"resourceType":"Bundle","type":"collection"');
    await until(
      () => existsSync(join(inbox, 'good.json.stored')) && existsSync(join(inbox, 'bad.json.refused')),
    );
    const { submissions } = await get(homeward, '/submissions');
    expect(
      submissions
        .filter(({ door }: AnyJson) => door === 'inbox')
        .map(({ sender, httpStatus }: AnyJson) => [sender, httpStatus])
        .sort(),
    ).toEqual([
      ['RR8', 201],
      ['RR8', 400],
    ]);
  });

  it('search parameter: it finds what was stored before, once it is indexed anew', async () => {
    await settled(homeward);
    expect(await found(homeward, 'Encounter?discharge-disposition=306689006')).toEqual([ids.encounter]);
    const rows = await homeward.app.database.query({
      text: 'SELECT id, discharge_snomed FROM encounter WHERE discharge_snomed IS NOT NULL',
    });
    expect(rows).toEqual([{ id: ids.encounter, discharge_snomed: '306689006' }]);
  });

  it('rule with a repair: one is told, the other mends', async () => {
    const coding = { system: 'http://snomed.info/sct', code: '368208006' };
    const repaired = await accepted(homeward, freshSummary().with('Observation[0].bodySite', coding));
    expect(ruleIds(repaired)).toContain('body-site-coding');
    const told = await accepted(homeward, freshSummary().with('Observation[0].bodySite', { text: 'Arm' }));
    expect(ruleIds(told)).toContain('vw-obs-body-site');
    const strict = await send(homeward, freshSummary().with('Observation[0].bodySite', coding), {
      headers: { Prefer: 'handling=strict' },
    });
    expect([strict.status, ruleIds(strict)]).toEqual([422, expect.arrayContaining(['body-site-coding'])]);
  });

  it('operation: it answers, is recorded, and stands in the metadata and in OpenAPI', async () => {
    const path = `/FHIR/R4/Patient/${ids.patient}/$stays`;
    const { json } = await homeward.call('GET', path, { headers: { 'X-Request-ID': 'stays-1' } });
    expect(json.entry.map(({ resource }: AnyJson) => resource.id)).toEqual([ids.encounter]);
    const [audit] = (await get(homeward, '/FHIR/R4/AuditEvent?entity:identifier=stays-1')).entry;
    expect(JSON.stringify(audit)).toContain(`Patient/${ids.patient}`);
    const metadata = await get(homeward, '/FHIR/R4/metadata');
    const { operation } = metadata.rest[0].resource.find(({ type }: AnyJson) => type === 'Patient');
    expect(operation.map(({ name }: AnyJson) => name)).toContain('stays');
    expect((await get(homeward, '/openapi.json')).paths['/FHIR/R4/Patient/{id}/$stays']).toBeDefined();
  });

  it('keeps each example of its rules', () => {
    const { guidance, common } = changedCode<typeof import('../../src/resources')>('src/resources');
    const { createValidator } = changedCode<typeof import('../../src/engines/validation/validate')>(
      'src/engines/validation/validate',
    );
    const { createStructureValidator } = changedCode<
      typeof import('../../src/engines/validation/structure/create-structure-validator')
    >('src/engines/validation/structure/create-structure-validator');
    const validator = createValidator(
      guidance,
      createStructureValidator(),
      { testRangeNhsNumbers: 'accept' },
      common,
    );
    const now = new Date('2025-03-11T09:00:00Z');
    const rules = guidance.flatMap((each) => each.rules).filter(({ id }) => /^care-plan|body-site/.test(id));
    expect(rules.length).toBe(6);
    for (const { id, examples } of rules)
      for (const [example, said] of [
        [examples.keeps, []],
        [examples.breaks, [id]],
      ] as const) {
        const { issues: remarks, repaired } = validator.repair(example(aSummary().build()), 'default');
        const { issues } = validator.validateBundle(repaired, {
          handling: 'default',
          now,
          repaired: remarks,
        });
        expect([id, issues.map(({ rule }) => rule)]).toEqual([id, said]);
      }
  });

  it('has a ledger that verifies', async () => {
    await settled(homeward);
    expect(await get(homeward, '/ledger/verify')).toMatchObject({
      status: 'pass',
      complete: true,
      faults: [],
    });
  });

  if (process.env.RECIPES === 'types')
    it('has the right types', () => {
      const options = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as object;
      writeFileSync(
        join(copy, 'tsconfig.json'),
        JSON.stringify({ ...options, include: ['src'], exclude: ['**/*.test.ts'] }),
      );
      execFileSync(
        process.execPath,
        [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', copy],
        {
          stdio: 'inherit',
        },
      );
    });
});
