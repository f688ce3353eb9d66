/**
 * Ten times the Observations take about ten times the time, to check and to store. The bounds are wide, so that they
 * hold on a busy machine, and still far below what a step that grows with the square would need: a hundred times.
 */
import { inSlices } from '../../src/platform/in-slices';
import { operatorCaller } from '../../src/engines/access/operator';
import { OBSERVATIONS_PER_SET } from '../../src/demo/observations';
import { stays, type Stay } from '../../src/demo/stay';
import { summaryOf } from '../../src/demo/summary';
import { parseJson } from '../../src/fhir/json';
import type { AnyResource } from '../../src/fhir/types';
import { decode } from '../../src/use-cases/submitting/decode';
import { receive } from '../../src/use-cases/submitting/receive';
import { submit } from '../../src/use-cases/submitting/submit';
import { startHomeward, type Homeward } from '../support/homeward';

const SEED = 62_801;
const FEW = 50;
const MANY = 500;
const AT_MOST = 30;
const RUNS = 3;

/** Stays with so many Observations, from the first of the seed on. */
function* longStays(): Generator<Stay> {
  for (const stay of stays(SEED)) if (stay.sets.length * OBSERVATIONS_PER_SET >= MANY) yield stay;
}

const bytesOf = (stay: Stay, observations: number): Buffer =>
  Buffer.from(JSON.stringify(summaryOf(stay, { pdf: 'sample', observations })));

/** Milliseconds of CPU of the quickest of some runs. */
async function cpuOf(runs: readonly (() => unknown)[]): Promise<number> {
  const times: number[] = [];
  for (const run of runs) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return Math.min(...times);
}

describe('a summary of 500 Observations', () => {
  const long = longStays();
  const some = Array.from({ length: 2 * RUNS + 2 }, () => long.next().value as Stay);
  let homeward: Homeward;

  beforeAll(async () => {
    homeward = await startHomeward();
  });
  afterAll(() => homeward.close());

  it('is checked in at most thirty times the time of one of 50', async () => {
    const { validator } = homeward.app;
    const check = (bytes: Buffer) => (): void => {
      const parsed = parseJson(bytes);
      const bundle = (parsed.ok ? parsed.value : undefined) as AnyResource;
      const { issues: repaired } = validator.repair(bundle, 'default');
      validator.validateBundle(bundle, { handling: 'default', now: new Date(), repaired });
    };
    const runs = (observations: number): (() => void)[] =>
      some.slice(0, RUNS).map((stay) => check(bytesOf(stay, observations)));
    await cpuOf([...runs(FEW), ...runs(MANY)]);
    const few = await cpuOf(runs(FEW));
    const many = await cpuOf(runs(MANY));
    expect(many / few).toBeLessThan(AT_MOST);
  });

  it('is stored in at most thirty times the time of one of 50', async () => {
    const store = (stay: Stay, observations: number) => async (): Promise<void> => {
      const { submission } = homeward.app;
      const received = await inSlices(
        receive(
          {
            door: 'cli',
            caller: operatorCaller('RR8'),
            reach: { kind: 'all' },
            bytes: bytesOf(stay, observations),
            contentType: 'application/fhir+json',
            format: 'json',
            handling: 'default',
          },
          submission.newId,
          submission.now(),
        ),
      );
      const submitted = await submit(received, await inSlices(decode(received)), ['collection'], submission);
      expect(submitted.ok).toBe(true);
    };
    const [first, second, ...others] = some;
    await cpuOf([store(first!, FEW), store(second!, MANY)]);
    const few = await cpuOf(others.slice(0, RUNS).map((stay) => store(stay, FEW)));
    const many = await cpuOf(others.slice(RUNS).map((stay) => store(stay, MANY)));
    expect(many / few).toBeLessThan(AT_MOST);
  });
});
