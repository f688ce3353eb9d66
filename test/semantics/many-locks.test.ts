/**
 * Submissions that need more locks than PostgreSQL has room for lock rows, and keep those out that name the same, and
 * nobody else.
 */
import { lockOn, MOST_NAMES, takeLocks } from '../../src/use-cases/submitting/locks/take-locks';
import { openTestDatabase } from '../support/database';

let test: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  test = await openTestDatabase(4);
});
afterAll(() => test.close());

const names = (type: string, count: number): Set<string> =>
  new Set(Array.from({ length: count }, (_, index) => lockOn('4-resource', type, String(index))));

/** What another transaction finds that does not wait. */
async function inAnother(locks: ReadonlySet<string>): Promise<'free' | 'held'> {
  try {
    return await test.database.transaction(async (tx) => {
      await tx.query({ text: "SET LOCAL lock_timeout = '100ms'" });
      await takeLocks(tx, locks);
      return 'free' as const;
    });
  } catch (error) {
    const { code } = (error as Error).cause as { code?: string };
    expect(code).toBe('55P03');
    return 'held';
  }
}

it('20,000 names are locked, and each of them is kept from others', async () => {
  await test.database.transaction(async (tx) => {
    await takeLocks(tx, names('PractitionerRole', 20_000));
    const held = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    expect((await tx.query({ text: held })).length).toBeLessThanOrEqual(MOST_NAMES);
    expect(await inAnother(new Set([lockOn('4-resource', 'PractitionerRole', '7')]))).toBe('held');
    expect(await inAnother(names('PractitionerRole', 19_000))).toBe('held');
    expect(await inAnother(new Set([lockOn('3-patient', '7')]))).toBe('free');
  });
});

it('few names keep those apart that have one in common, and no others', async () => {
  await test.database.transaction(async (tx) => {
    await takeLocks(tx, names('Location', 3));
    expect(await inAnother(new Set([lockOn('4-resource', 'Location', '2')]))).toBe('held');
    for (let other = 10; other < 300; other += 1)
      expect(await inAnother(new Set([lockOn('4-resource', 'Location', String(other))]))).toBe('free');
    expect(await inAnother(names('Location', 20_000))).toBe('held');
  });
});

it('those with many names let others work that name something else', async () => {
  await test.database.transaction(async (tx) => {
    await takeLocks(tx, names('Patient', 1_000));
    let held = 0;
    for (let other = 1_000; other < 1_200; other += 1)
      if ((await inAnother(new Set([lockOn('4-resource', 'Patient', String(other))]))) === 'held') held += 1;
    // A row stands for many names.
    expect(held).toBeLessThan(10);
    expect(await inAnother(new Set([lockOn('4-resource', 'Patient', '999')]))).toBe('held');
  });
});

it('two that name the same things in any order never wait for each other in a circle', async () => {
  const deadlocks = async (): Promise<number> => {
    const text = 'SELECT deadlocks::int AS count FROM pg_stat_database WHERE datname = current_database()';
    const [row] = await test.database.query<{ count: number }>({ text });
    return row!.count;
  };
  const before = await deadlocks();
  const [many, few] = [[...names('Patient', 2_000)], [...names('Patient', 100)]];
  let working = 0;
  await Promise.all(
    [many, few.reverse(), [...many].reverse(), few].map((some) =>
      test.database.transaction(async (tx) => {
        await takeLocks(tx, new Set(some));
        expect((working += 1)).toBe(1);
        await new Promise((later) => setTimeout(later, 20));
        working -= 1;
      }),
    ),
  );
  expect(await deadlocks()).toBe(before);
});
