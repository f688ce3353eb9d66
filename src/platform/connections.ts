/**
 * Lends the connections of a pool, each for one piece of work. Closes a connection that is no longer usable instead of
 * returning it. When PostgreSQL allows no further connection, the work waits for an existing one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import type { Servers } from './choose-server';
import {
  away,
  DatabaseUnavailable,
  meansConnectionUseless,
  meansDatabaseAway,
  meansNoRoom,
} from './database-away';

export interface Connections {
  /**
   * Lends a connection. Closes it when the work fails, unless `mend` makes it usable again.
   * @throws DatabaseUnavailable when none is free in time; any error of the work
   */
  lend<T>(work: (client: PoolClient) => Promise<T>, mend?: Mend): Promise<T>;
  /** @throws DatabaseUnavailable when the last commit may be on this server only */
  expectReplicated(client: PoolClient): void;
  /** Closes a connection, if there are several, and uses fewer for a while. */
  makeRoom(): void;
}

/** Makes a connection usable after an error. Returns true when it is. */
type Mend = (client: PoolClient, error: unknown) => Promise<boolean>;

interface ConnectionOptions {
  maxConnections: number;
  connectionTimeoutMillis: number;
  onNoRoom?: (() => void) | undefined;
}

/** The pause before another attempt to get a connection. */
const ASK_AGAIN_MILLIS = 100;
/** How long a pool uses fewer connections before it tries to open more. */
const MAKE_DO_MILLIS = 30_000;
/**
 * The source file of PostgreSQL's notice about waiting for a standby. The texts of notices depend on the server's
 * language.
 */
const WAITS_FOR_STANDBY = 'SyncRepWaitForLSN';

/** Checks whether a new connection leads to the right server. */
async function checked(
  client: PoolClient,
  known: WeakSet<object>,
  { expect }: Pick<Servers, 'expect'>,
): Promise<PoolClient> {
  if (known.has(client)) return client;
  try {
    await expect(client);
  } catch (error) {
    client.release(true);
    throw error;
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
        return await checked(await pool.connect(), known, servers);
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
      // A connection that fails between two statements says so by an event alone.
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
