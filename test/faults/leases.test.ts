/** The work that one node at a time must do moves to another node, and is done by no two at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { keepLease } from '../../src/engines/store/leases';
import { reindexAlone } from '../../src/engines/store/reindex-alone';
import { runAlone } from '../../src/engines/store/run-alone';
import { openDatabase, type Database, type Queryable } from '../../src/platform/postgres';
import { openTestDatabase } from '../support/database';

const LASTS_MILLIS = 1_000;

let database: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ database, close } = await openTestDatabase(4));
});
afterAll(() => close());

interface Node {
  isWorking(): boolean;
  begun(): number;
  /** Stops without giving the lease back, as a killed process does. */
  dies(): void;
  stops(): Promise<void>;
}

function startNode(name: string, work?: () => Promise<void>): Node {
  const end = new AbortController();
  let isWorking = false;
  let isDead = false;
  let begun = 0;
  const mortal = {
    query: async (statement: never, values: never) => {
      if (isDead) throw new Error('dead');
      return database.query(statement, values);
    },
  } as unknown as Database;
  const kept = keepLease(
    mortal,
    name,
    async (held) => {
      begun += 1;
      isWorking = true;
      try {
        await (work?.() ?? new Promise<void>((resolve) => held.addEventListener('abort', () => resolve())));
      } finally {
        isWorking = false;
      }
    },
    { signal: end.signal, onProblem: () => undefined, lastsMillis: LASTS_MILLIS },
  );
  return {
    isWorking: () => isWorking,
    begun: () => begun,
    dies: () => {
      isDead = true;
    },
    stops: async () => {
      end.abort();
      await kept;
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 15_000; !holds(); await sleep(20))
    if (Date.now() > deadline) throw new Error('it did not come to hold');
}

describe('a lease', () => {
  it('is held by one node of several, and goes to another when that one stops', async () => {
    const nodes = [startNode('stops'), startNode('stops'), startNode('stops')];
    const working = (): Node[] => nodes.filter((node) => node.isWorking());
    await until(() => working().length === 1);
    await sleep(2 * LASTS_MILLIS);
    expect(working()).toHaveLength(1);
    const [first] = working();
    await first!.stops();
    await until(() => working().length === 1);
    expect(working()[0]).not.toBe(first);
    await Promise.all(nodes.map((node) => node.stops()));
  });

  it('ends for a node that cannot renew it, before another takes it', async () => {
    const first = startNode('dies');
    await until(() => first.isWorking());
    const second = startNode('dies');
    first.dies();
    let together = 0;
    const watch = setInterval(() => {
      if (first.isWorking() && second.isWorking()) together += 1;
    }, 5);
    await until(() => second.isWorking());
    clearInterval(watch);
    expect(together).toBe(0);
    await Promise.all([first.stops(), second.stops()]);
  });

  it('begins work again that has failed', async () => {
    const node = startNode('fails', () => Promise.reject(new Error('failed')));
    await until(() => node.begun() >= 2);
    await node.stops();
  });
});

describe('a lock of work that one node does', () => {
  const idleTimeouts = async (db: Queryable): Promise<unknown[]> =>
    (
      await db.query({
        text: `SELECT current_setting('idle_session_timeout') AS idle,
          current_setting('idle_in_transaction_session_timeout') AS within`,
      })
    ).map(({ idle, within }) => [idle, within]);

  it('goes to another when the one that has it stalls, in a transaction or between two', async () => {
    for (const stalls of ['between', 'within'] as const) {
      let resume: () => void = () => undefined;
      const stalled = new Promise<void>((resolve) => (resume = resolve));
      let isStalled = false;
      const first = runAlone(database, 'stalls', { waits: false, idleMillis: 300 }, async (session) => {
        const stall = async (): Promise<void> => {
          isStalled = true;
          await stalled;
        };
        await (stalls === 'between' ? stall() : session.transaction(stall));
        await session.query({ text: 'SELECT 1' });
      }).catch(() => 'it lost its session');
      await until(() => isStalled);
      const second = await runAlone(database, 'stalls', { waits: true }, async () => 'done');
      expect(second).toEqual({ isMine: true, result: 'done' });
      resume();
      expect(await first).toBe('it lost its session');
    }
  });

  it('is limited to 15 idle seconds for a re-index, and the connection is as before afterwards', async () => {
    const one = openDatabase(database.pool.options, {
      ...{ maxConnections: 1, connectionTimeoutMillis: 5_000, statementTimeoutMillis: 5_000 },
      onError: () => undefined,
    });
    const before = await idleTimeouts(one);
    const { result } = (await reindexAlone(one, { waits: false }, idleTimeouts)) as { result: unknown };
    expect(result).toEqual([['15s', '15s']]);
    expect(await idleTimeouts(one)).toEqual(before);
    await one.close();
  });
});
