/**
 * Random searches over a random population, held against the judge: what is found, how many, and page by page.
 * `SEARCH_QUERIES` sets how many (500 unless set), `SEARCH_SEED` the draw.
 */
import { storedResources } from '../../src/resources';
import type { Criterion } from './judge';
import { judgeOf } from './judge';
import { NOW, openHarness, type Harness } from './harness';
import { population } from './population';
import { queryMaker, written } from './queries';
import { seeded } from './random';

const QUERIES = Number(process.env['SEARCH_QUERIES'] ?? 500);
const SEED = Number(process.env['SEARCH_SEED'] ?? 1);

const people = population(SEED);
const types = new Set(people.resources.map(({ resourceType }) => resourceType));
const definitions = new Map(
  storedResources.filter(({ type }) => types.has(type)).map((definition) => [definition.type, definition]),
);

describe('random searches', () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await openHarness();
    await harness.store(people.resources);
    await harness.database.query({ text: 'ANALYZE' });
  });
  afterAll(() => harness.close());

  it(`find what the judge finds, ${QUERIES} times of ${QUERIES}`, async () => {
    const random = seeded(SEED + 1);
    const judge = judgeOf(people, NOW);
    const maker = queryMaker(definitions, people, judge, random);
    const differences: unknown[] = [];
    let found = 0;
    for (let asked = 0; asked < QUERIES;) {
      const definition = random.chance(0.4)
        ? definitions.get('Observation')!
        : random.pick([...definitions.values()]);
      const criteria = Array.from({ length: random.chance(0.3) ? 2 : 1 }, () => maker.criterion(definition));
      if (criteria.some((criterion) => criterion === undefined)) continue;
      asked += 1;
      const wanted = people.resources
        .filter(({ resourceType }) => resourceType === definition.type)
        .filter((resource) => criteria.every((criterion) => judge.matches(resource, criterion as Criterion)))
        .map(({ id }) => String(id))
        .sort();
      const params = criteria.map((criterion) => written(criterion as Criterion));
      const answer = await everyPage(harness, definition.type, params, random.pick([1, 3, 7, 50]));
      found += wanted.length > 0 ? 1 : 0;
      if (answer.fault !== undefined || answer.ids.join() !== wanted.join() || answer.total !== wanted.length)
        differences.push({ type: definition.type, params, ...answer, wanted });
      if (differences.length > 4) break;
    }
    expect(differences).toEqual([]);
    expect(found).toBeGreaterThan(QUERIES / 4);
  }, 600_000);
});

/** The ids on all pages, sorted; a match that comes twice is there twice. */
async function everyPage(
  harness: Harness,
  type: string,
  params: [string, string][],
  count: number,
): Promise<{ ids: string[]; total?: number; fault?: string }> {
  const ids: string[] = [];
  let answer = await harness.ask(type, [...params, ['_count', String(count)]]);
  if (!answer.ok) return { ids, fault: answer.issues.map(({ text }) => text).join(' ') };
  const { total } = answer.result;
  for (;;) {
    if (!answer.ok) return { ids, fault: answer.issues.map(({ text }) => text).join(' ') };
    ids.push(...answer.result.matches.map(({ id }) => id));
    if (answer.result.next === undefined)
      return { ids: ids.sort(), ...(total === undefined ? {} : { total }) };
    answer = await harness.ask(type, [['_cursor', answer.result.next]]);
  }
}
