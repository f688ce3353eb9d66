/**
 * The connections of a pool, lent for one piece of work each. A connection that is of no more use is closed, not given
 * back; where PostgreSQL has no room for another one, the work waits for those that there are.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { expectWritable, type Servers } from './choose-server';
import {
  away,
  DatabaseUnavailable,
  meansConnectionUseless,
  meansDatabaseAway,
  meansNoRoom,
} from './database-away';

export interface Connections {
  /**
   * Lends a connection. It is closed where the work fails, unless `mend` makes it good again.
   * @throws DatabaseUnavailable where there is none in time; whatever the work throws
   */
  lend<T>(work: (client: PoolClient) => Promise<T>, mend?: Mend): Promise<T>;
  /** @throws DatabaseUnavailable where what was just committed may be on this server alone */
  expectReplicated(client: PoolClient): void;
  /** Gives up a connection, where there are several, and makes do with the others for a while. */
  makeRoom(): void;
}

/** True where the connection is good again after what failed. */
type Mend = (client: PoolClient, error: unknown) => Promise<boolean>;

interface ConnectionOptions {
  maxConnections: number;
  connectionTimeoutMillis: number;
  onNoRoom?: (() => void) | undefined;
}

/** How soon a connection is asked for again. */
const ASK_AGAIN_MILLIS = 100;
/** How long a pool makes do with fewer connections before it tries for more. */
const MAKE_DO_MILLIS = 30_000;
/** Where PostgreSQL waits for a standby; the texts of its notices are in the language of the server. */
const WAITS_FOR_STANDBY = 'SyncRepWaitForLSN';

/** What an error means is said by the statement that fails of it. */
const ignore = (): void => undefined;

/** A new connection is asked whether it takes writes: the address may lead to a standby for a while. */
async function checked(client: PoolClient, known: WeakSet<object>): Promise<PoolClient> {
  if (known.has(client)) return client;
  client.on('error', ignore);
  try {
    await expectWritable(client);
  } catch (error) {
    client.release(true);
    throw error;
  } finally {
    client.off('error', ignore);
  }
  known.add(client);
  return client;
}

export function connectionsOf(pool: Pool, servers: Servers, options: ConnectionOptions): Connections {
  const known = new WeakSet<object>();
  const inDoubt = new WeakSet<object>();
  // "canceling wait for synchronous replication": a notice, not an error. The commit is done, on this server.
  pool.on('connect', (client) => {
    client.on('notice', ({ routine }) => {
      if (routine === WAITS_FOR_STANDBY) inDoubt.add(client);
    });
  });

  let widening: NodeJS.Timeout | undefined;
  const makeDoWith = (connections: number): void => {
    pool.options.max = Math.max(1, Math.min(connections, options.maxConnections));
    clearTimeout(widening);
    widening = setTimeout(() => {
      pool.options.max = options.maxConnections;
    }, MAKE_DO_MILLIS).unref();
  };

  const take = async (): Promise<PoolClient> => {
    const until = Date.now() + options.connectionTimeoutMillis;
    for (;;) {
      try {
        return await checked(await pool.connect(), known);
      } catch (error) {
        const noRoom = meansNoRoom(error);
        servers.forget();
        if (noRoom) {
          makeDoWith(pool.totalCount);
          if (pool.totalCount === 0) options.onNoRoom?.();
        }
        const isWorthAnotherTry = noRoom || (servers.count > 1 && meansDatabaseAway(error));
        if (!isWorthAnotherTry || Date.now() + ASK_AGAIN_MILLIS > until) throw away(error);
        if (pool.totalCount === 0) await sleep(ASK_AGAIN_MILLIS);
      }
    }
  };

  return {
    async lend(work, mend = async () => false) {
      const client = await take();
      let broken: Error | undefined;
      // A connection that dies between two statements is heard of here; without a listener it would end the process.
      const onError = (error: Error): void => {
        broken = error;
      };
      client.on('error', onError);
      try {
        return await work(client);
      } catch (error) {
        if (meansConnectionUseless(error)) servers.forget();
        if (!(await mend(client, error))) broken ??= new Error('the connection can no longer be used');
        throw error;
      } finally {
        client.off('error', onError);
        client.release(broken ?? pool.totalCount > pool.options.max);
      }
    },
    expectReplicated(client) {
      if (inDoubt.has(client))
        throw new DatabaseUnavailable(
          new Error('the wait for a standby was cancelled, so the standby may not have the commit'),
        );
    },
    makeRoom() {
      if (pool.totalCount < 2) return;
      makeDoWith(pool.totalCount - 1);
      if (pool.idleCount > 0)
        pool.connect().then(
          (client) => client.release(true),
          () => undefined,
        );
    },
  };
}
