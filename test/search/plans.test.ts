/** Holds that every search of an NHS reader reads ranges of indexes, never a table. @see docs/searches.md */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { openHarness, type Harness } from './harness';
import { heartOf, nhsSearches, type NhsFacts } from './nhs-searches';
import { NHS_NUMBER } from './pools';
import { patientIdOf } from './population';

const STAYS = 4000;
const OBSERVATIONS_OF_EACH = 12;
const ONE = 777;

/** An id that follows from a number: stays are `1…`, organisations `2…`, observations `3…`. */
const id = (kind: number, n: number): string =>
  `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const sqlId = (kind: number, n: string): string =>
  `('${kind}0000000-0000-4000-8000-' || lpad((${n})::text, 12, '0'))`;

const patient = patientIdOf(nhsNumberOf(ONE));
const facts: NhsFacts = {
  nhsNumber: `${NHS_NUMBER}|${nhsNumberOf(ONE)}`,
  patient,
  encounter: `Encounter/${id(1, ONE)}`,
  organisation: `Organization/${id(2, ONE % 40)}`,
  observation: `Observation/${id(3, ONE * OBSERVATIONS_OF_EACH)}`,
  family: `family${ONE}`,
  birthDate: '1951-03-04',
  documentIdentifier: `urn:doc|${ONE}`,
  readingIdentifier: `urn:obs|${ONE}-3`,
};

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'searches.md'), 'utf8');

let harness: Harness;

beforeAll(async () => {
  harness = await openHarness();
  await harness.database.query({ text: 'CREATE TABLE person (n integer, id uuid, number text)' });
  const people = Array.from({ length: STAYS }, (_, n) => [n, nhsNumberOf(n)] as const);
  await harness.database.query(
    { text: 'INSERT INTO person SELECT * FROM unnest($1::integer[], $2::uuid[], $3::text[])' },
    [
      people.map(([n]) => n),
      people.map(([, number]) => patientIdOf(number)),
      people.map(([, number]) => number),
    ],
  );
  const day = `timestamptz '2022-01-01' + p.n * interval '3 hours'`;
  const base = 'version_id, last_updated, patient_id, submission_id, sender, content';
  const values = `1, ${day}, p.id, p.id, 'RR8', repeat('x', 800)`;
  const organisation = `'Organization/' || ${sqlId(2, 'p.n % 40')}`;
  for (const text of [
    `INSERT INTO patient (id, ${base}, identifier, family, family_folded, birth_start, birth_end)
      SELECT p.id, ${values}, ARRAY['${NHS_NUMBER}|' || p.number, p.number], ARRAY['family' || p.n], ARRAY['family' || p.n],
        timestamptz '1940-01-01' + p.n * interval '5 days', timestamptz '1940-01-02' + p.n * interval '5 days' FROM person AS p`,
    `INSERT INTO encounter (id, ${base}, subject, status, period_start, period_end, service_provider)
      SELECT ${sqlId(1, 'p.n')}::uuid, ${values}, 'Patient/' || p.id, 'finished', ${day}, ${day} + interval '9 days',
        ${organisation} FROM person AS p`,
    `INSERT INTO document_reference (id, ${base}, subject, status, date_start, date_end, identifier, type, custodian, encounter)
      SELECT ${sqlId(4, 'p.n')}::uuid, ${values}, 'Patient/' || p.id, 'current', ${day}, ${day}, ARRAY['urn:doc|' || p.n, p.n::text],
        ARRAY['http://snomed.info/sct|371534008', '371534008'], ${organisation}, ARRAY['Encounter/' || ${sqlId(1, 'p.n')}] FROM person AS p`,
    `INSERT INTO observation (id, ${base}, subject, status, effective_start, effective_end, identifier, code, category, encounter)
      SELECT ${sqlId(3, `p.n * ${OBSERVATIONS_OF_EACH} + k`)}::uuid, ${values}, 'Patient/' || p.id, 'final', ${day} + k * interval '4 hours',
        ${day} + k * interval '4 hours', ARRAY['urn:obs|' || p.n || '-' || k], ARRAY['http://snomed.info/sct|' || k, k::text],
        ARRAY['vital-signs'], 'Encounter/' || ${sqlId(1, 'p.n')} FROM person AS p, generate_series(0, ${OBSERVATIONS_OF_EACH - 1}) AS k`,
    `INSERT INTO provenance (id, ${base}, target)
      SELECT ${sqlId(5, 'p.n')}::uuid, ${values}, ARRAY['Encounter/' || ${sqlId(1, 'p.n')}, 'Observation/' || ${sqlId(3, `p.n * ${OBSERVATIONS_OF_EACH}`)}] FROM person AS p`,
  ])
    await harness.database.query({ text });
  await harness.database.query({ text: 'ANALYZE' });
}, 120_000);
afterAll(() => harness.close());

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

describe('an NHS reader’s search reads ranges of indexes', () => {
  it.each(nhsSearches.map((search) => [search.purpose, search] as const))(
    '%s',
    async (purpose, { type, params }) => {
      const { statement, values } = harness.engine.explain({
        type,
        params: params(facts),
        handling: 'strict',
        allowed: () => true,
        restrictions: () => null,
        sees: () => null,
      });
      const [row] = await harness.database.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
        { text: `EXPLAIN (FORMAT JSON) ${statement.text}` },
        values,
      );
      expect(page).toContain(`### ${purpose}\n`);
      expect(page).toContain(heartOf(statement.text));
      const scans = nodesOf(row!['QUERY PLAN'][0]!.Plan).filter(
        (node) => node['Relation Name'] !== undefined,
      );
      expect(scans.length).toBeGreaterThan(0);
      expect(scans.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
    },
  );

  it('and the next page too, of what is there and of what has been superseded', async () => {
    const params: [string, string][] = [
      ['patient', patient],
      ['_count', '2'],
    ];
    const plan = await nextPagePlan('Observation', params, 'EXPLAIN (FORMAT JSON)');
    const scans = nodesOf(plan).filter((node) => node['Relation Name'] !== undefined);
    expect([...new Set(scans.map((node) => node['Relation Name']))].sort()).toEqual([
      'observation',
      'observation_history',
    ]);
    expect(
      scans.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'observation'),
    ).toEqual([]);
  });
});

/** What a search reads must not grow with the stays of a trust, of which there are more every year. */
describe('the search for the finished stays of a trust', () => {
  it('reads about a page of its stays, newest first', async () => {
    const params: [string, string][] = [
      ['service-provider', facts.organisation],
      ['status', 'finished'],
      ['_count', '10'],
    ];
    for (const plan of [
      await planOf('Encounter', [...params, ['_total', 'none']], 'EXPLAIN (ANALYZE, FORMAT JSON)'),
      await nextPagePlan('Encounter', params, 'EXPLAIN (ANALYZE, FORMAT JSON)'),
    ]) {
      const read = nodesOf(plan).filter((node) => node['Relation Name'] === 'encounter');
      expect(read.map((node) => node['Node Type'])).not.toContain('Seq Scan');
      expect(Math.max(...read.map((node) => node['Actual Rows']! * node['Actual Loops']!))).toBeLessThan(40);
    }
  });
});

/** For the record of a question, however large the table is and however many numbers the question has. */
describe('the patients of two hundred numbers of readings', () => {
  it('are found by the index, and by few rows', async () => {
    const values = Array.from({ length: 200 }, (_, each) => `urn:obs|${each}-3`);
    const plans: Plan[] = [];
    const asked = { name: 'identifier', values, most: 10 };
    await harness.engine.patientsOfValues(
      explaining('EXPLAIN (ANALYZE, FORMAT JSON)', plans),
      'Observation',
      asked,
      everything,
    );
    expect(plans).toHaveLength(1);
    const read = nodesOf(plans[0]!).filter((node) => node['Relation Name'] === 'observation');
    expect(read.map((node) => node['Node Type'])).toEqual(['Bitmap Heap Scan']);
    expect(read[0]!['Actual Rows']! * read[0]!['Actual Loops']!).toBe(200);
  });
});

const TABLES: Readonly<Record<string, string>> = {
  Observation: 'observation',
  Encounter: 'encounter',
  DocumentReference: 'document_reference',
};

describe('the next page of a search that finds a large part of a table', () => {
  it.each<[string, string, [string, string][]]>([
    ['in the order of the last change', 'Observation', [['category', 'vital-signs']]],
    ['without a criterion', 'Observation', []],
    ['in the order of a date', 'Encounter', [['_sort', 'date']]],
    ['newest first', 'Encounter', [['_sort', '-date']]],
    ['newest first, of documents', 'DocumentReference', [['_sort', '-date']]],
  ])('reads about a page of rows, %s', async (_, type, params) => {
    const plan = await nextPagePlan(type, [...params, ['_count', '50']], 'EXPLAIN (ANALYZE, FORMAT JSON)');
    const read = nodesOf(plan)
      .filter((node) => node['Relation Name'] === TABLES[type])
      .map((node) => node['Actual Rows']! * node['Actual Loops']! + (node['Rows Removed by Filter'] ?? 0));
    expect(read.length).toBeGreaterThan(0);
    expect(Math.max(...read)).toBeLessThan(STAYS / 4);
  });
});

const everything = {
  handling: 'strict',
  allowed: () => true,
  restrictions: () => null,
  sees: () => null,
} as const;

/** The plan of the page after the first. */
async function nextPagePlan(type: string, params: [string, string][], explain: string): Promise<Plan> {
  const first = await harness.engine.search(harness.database, { ...everything, type, params });
  return planOf(type, [['_cursor', first.ok ? first.result.next! : '']], explain);
}

async function planOf(type: string, params: [string, string][], explain: string): Promise<Plan> {
  const plans: Plan[] = [];
  await harness.engine.search(explaining(explain, plans), { ...everything, type, params });
  expect(plans).toHaveLength(1);
  return plans[0]!;
}

/** A database that explains each statement in place of running it. */
function explaining(explain: string, plans: Plan[]) {
  return {
    query: async (statement: { text: string }, values?: readonly unknown[]): Promise<never[]> => {
      const [row] = await harness.database.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
        { text: `${explain} ${statement.text}` },
        values,
      );
      plans.push(row!['QUERY PLAN'][0]!.Plan);
      return [];
    },
  };
}
