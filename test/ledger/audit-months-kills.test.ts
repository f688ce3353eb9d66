/**
 * A kill at any step of exporting and dropping a month: nothing is lost, the ledger verifies, and the command can be run
 * again. The process is stopped before and after each statement and each access to the store.
 */
import type { MonthFiles } from '../../src/engines/store/month-files';
import type { Queryable, Session } from '../../src/platform/postgres';
import { dropMonth } from '../../src/use-cases/auditing/months/drop-month';
import { exportMonth, type ExportOptions } from '../../src/use-cases/auditing/months/export-month';
import { startWithClosedMonth, type ClosedMonth } from './months-harness';

jest.setTimeout(120_000);

let closed: ClosedMonth;
beforeAll(async () => {
  closed = await startWithClosedMonth(async () => undefined);
});
afterAll(() => closed.close());

class Killed extends Error {}

/** The same, but the process ends at this step: whatever it does from then on has no effect. */
function killedAt(
  step: number,
  { session, files }: ExportOptions,
): Partial<ExportOptions> & { steps(): number } {
  let steps = 0;
  const atStep = (): void => {
    steps += 1;
    if (steps >= step) throw new Killed();
  };
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    atStep();
    const done = await work();
    atStep();
    return done;
  };
  const query =
    (on: Queryable): Queryable['query'] =>
    (statement, values) =>
      counted(() => on.query(statement, values)) as never;
  const through: Session = {
    query: query(session),
    transaction: (work) => counted(() => session.transaction((tx) => work({ query: query(tx) }))),
  };
  const counting: MonthFiles = {
    place: files.place,
    put: (name, path) => counted(() => files.put(name, path)),
    read: (name) => counted(() => files.read(name)),
  };
  return { session: through, files: counting, steps: () => steps };
}

/** Runs to the end, or to its death. @returns whether it came to its end */
async function runUntil(step: number, task: (options: ExportOptions) => Promise<unknown>): Promise<boolean> {
  try {
    await closed.work(task, (options) => killedAt(step, options));
    return true;
  } catch (error) {
    if (error instanceof Killed) return false;
    throw error;
  }
}

const state = async (): Promise<string> => {
  const [row] = await closed.ledger.query(
    'SELECT string_agg(act, $1 ORDER BY xid) AS acts FROM audit_month',
    [' '],
  );
  return `${await closed.inDatabase()} ${row.acts}`;
};

/** Kills the task at each step. @returns the states that this left */
async function killedAtEachStep(task: (options: ExportOptions) => Promise<unknown>): Promise<string[]> {
  const states: string[] = [];
  for (let step = 1, ended = false; !ended; step += 1) {
    ended = await runUntil(step, task);
    const now = await state();
    if (states.at(-1) === now) continue;
    // What was committed is sealed by whoever seals next.
    await closed.ledger.sealed();
    expect(await closed.verify()).toMatchObject({ status: 'pass', complete: true, faults: [] });
    states.push(now);
  }
  return states;
}

it('leaves a month that is whole in the database or in its file', async () => {
  const { month, inDatabase } = closed;
  const records = await inDatabase();
  const exported = await killedAtEachStep((options) => exportMonth(options, month));
  expect(exported[0]).toBe(`${records} null`);
  expect(new Set(exported.map((each) => each.split(' ')[0]))).toEqual(new Set([String(records)]));
  const dropped = await killedAtEachStep((options) => dropMonth(options, month));
  expect(dropped).toHaveLength(2);
  expect(dropped[1]).toMatch(/^0 (exported )+dropped$/);
});
