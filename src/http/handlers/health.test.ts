import type { Queryable } from '../../platform/postgres';
import { status } from './health';

const database: Queryable = { query: async () => [] };
const away: Queryable = { query: async () => Promise.reject(new Error('away')) };

async function told(from: Queryable, isServing: boolean, failingFor?: number): Promise<unknown> {
  const answer = await status({
    database: from,
    version: '1.0.0',
    isServing: () => isServing,
    sealingFailsSince: () => (failingFor === undefined ? undefined : new Date(Date.now() - failingFor)),
  });
  const { status: overall, checks } = JSON.parse(String(answer.bytes?.body)) as {
    status: string;
    checks: Record<string, { status: string }[]>;
  };
  return [answer.status, overall, ...Object.values(checks).map(([check]) => check?.status)];
}

describe('the status', () => {
  it('passes while the database answers', async () => {
    expect(await told(database, true)).toEqual([200, 'pass', 'pass', 'pass']);
  });

  it('fails while the database is away, and while the server starts or stops', async () => {
    expect(await told(away, true)).toEqual([503, 'fail', 'fail', 'pass']);
    expect(await told(database, false)).toEqual([503, 'fail', 'pass', 'pass']);
  });

  it('warns where the ledger could not be sealed for a minute', async () => {
    expect(await told(database, true, 5_000)).toEqual([200, 'pass', 'pass', 'pass']);
    expect(await told(database, true, 90_000)).toEqual([200, 'warn', 'pass', 'warn']);
  });
});
