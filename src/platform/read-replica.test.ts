import { isBefore } from './log-position';
import type { Database, Queryable, Statement } from './postgres';
import { openReadReplica, type ReplicaState } from './read-replica';

const STATE = { snapshot: '700:701:700', position: '0/3000148', timeline: 1, cluster: '7' };
const CURRENT = { standby: true, reached: true, timeline: 1, cluster: '7' };

/** A replica over two databases that answer as given. */
function opened(standby: { answer?: object; fails?: unknown }) {
  const why: ReplicaState[] = [];
  const asking = (answer: object): Pick<Database, 'query' | 'bytes'> => ({
    query: async () => [answer] as never,
    bytes: async () => [],
  });
  const replica = openReadReplica({
    primary: asking(STATE) as Database,
    standby: {
      lend: async (work) => {
        if (standby.fails !== undefined) throw standby.fails;
        return work(asking({ ...CURRENT, ...standby.answer }));
      },
    },
    label: 'db2:5432',
    log: { info: () => undefined, warn: () => undefined },
    onRead: (state) => why.push(state),
  });
  return { replica, why };
}

/** A read that says where it ran, and fails on the replica with this error. */
const reading =
  (error?: unknown) =>
  async ({ asOf }: Queryable): Promise<string> => {
    if (asOf?.snapshot === undefined) return 'primary';
    if (error !== undefined) throw error;
    return `replica as of ${asOf.snapshot} at ${asOf.position}`;
  };

describe('a read replica', () => {
  it('answers as of the state that the primary had when the read began', async () => {
    const { replica, why } = opened({});
    expect(await replica.read(reading())).toBe('replica as of 700:701:700 at 0/3000148');
    expect(await replica.health()).toEqual({ status: 'pass' });
    expect(why).toEqual(['current']);
  });

  it.each([
    ['has not replayed that state yet', { reached: false }, 'behind'],
    ['does not replay', { reached: null }, 'behind'],
    ['is a primary', { standby: false }, 'foreign'],
    ['belongs to another cluster', { cluster: '8' }, 'foreign'],
    ['follows another timeline', { timeline: 2 }, 'foreign'],
  ])('leaves a read to the primary when it %s', async (_why, answer, state) => {
    const { replica, why } = opened({ answer });
    expect([await replica.read(reading()), await replica.read(reading())]).toEqual(['primary', 'primary']);
    expect(why).toEqual([state, state]);
    expect(await replica.health()).toMatchObject({
      status: 'warn',
      output: expect.stringContaining('db2:5432'),
    });
  });

  it('leaves a read to the primary when it cannot be reached', async () => {
    const { replica, why } = opened({ fails: new Error('connect ECONNREFUSED') });
    expect(await replica.read(reading())).toBe('primary');
    expect(why).toEqual(['away']);
  });

  it('leaves a read to the primary that replay cancelled, and answers the next one', async () => {
    const { replica, why } = opened({});
    const conflict = Object.assign(new Error('conflict with recovery'), { code: '40001' });
    expect(await replica.read(reading(conflict))).toBe('primary');
    expect(await replica.read(reading())).toMatch(/^replica/);
    expect(why).toEqual(['failed', 'current']);
  });

  it('does not repeat on the primary what took too long', async () => {
    const { replica } = opened({});
    const timeout = new Error('x', { cause: { code: '57014' } });
    await expect(replica.read(reading(timeout))).rejects.toBe(timeout);
  });

  it('asks the primary and the replica with prepared statements', async () => {
    const asked: Statement[] = [];
    const query = async (statement: Statement) => {
      asked.push(statement);
      return [{ ...STATE, ...CURRENT }] as never;
    };
    const database = { query, bytes: async () => [] } as unknown as Database;
    const { read } = openReadReplica({
      primary: database,
      standby: { lend: (work) => work(database) },
      label: '',
      log: { info: () => undefined, warn: () => undefined },
    });
    await read(reading());
    expect(asked.map(({ name }) => name)).toEqual(['state_of_primary', 'state_of_standby']);
  });
});

describe('a position in the log', () => {
  it('is compared as a number', () => {
    expect(isBefore('0/FFFFFFFF', '1/0')).toBe(true);
    expect(isBefore('A/0', '9/FFFFFFFF')).toBe(false);
    expect(isBefore('0/3000148', '0/3000148')).toBe(false);
  });
});
