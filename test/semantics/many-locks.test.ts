/** Submissions that need more locks than PostgreSQL has room for take those of groups, and still keep others out. */
import { GROUPS, lockOn, takeLocks } from '../../src/use-cases/submitting/locks/take-locks';
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
    expect((await tx.query({ text: held })).length).toBeLessThanOrEqual(GROUPS);
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
