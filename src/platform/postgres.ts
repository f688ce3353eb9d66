/**
 * The connection to PostgreSQL: a pool, prepared statements, transactions, and the one judgement of what an error
 * means for the caller. @see https://node-postgres.com
 */
import { createHash } from 'node:crypto';
import { Pool, type PoolClient, type PoolConfig, type QueryResultRow } from 'pg';
import { serversOf } from './choose-server';
import { connectionsOf } from './connections';
import { away, DatabaseUnavailable, meansConnectionLost, meansConnectionUseless } from './database-away';

export { asksForAnotherTry, DatabaseUnavailable, meansDatabaseAway, RowsNotWritten } from './database-away';

/** A statement with a name (prepared once per connection) and its text. Values travel apart, always bound. */
export interface Statement {
  name?: string;
  text: string;
}

const names = new Map<string, string>();
const MAX_NAMES = 1000;

/** A name for a statement that is put together: the same for the same text. Hashed once for each text. */
export function statementName(prefix: string, text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `${prefix}_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  if (names.size < MAX_NAMES) names.set(text, name);
  return name;
}

export interface Queryable {
  query<R extends QueryResultRow = QueryResultRow>(
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<R[]>;
}

/** How the connections of a pool are used at the moment. */
export interface ConnectionUse {
  most: number;
  used: number;
  /** Those who wait for a free one. */
  waiting: number;
}

/** One connection, for several transactions in turn: what is locked on it stays locked until the connection ends. */
export interface Session extends Queryable {
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
}

export interface Database extends Queryable {
  /**
   * Runs `work` in one transaction (READ COMMITTED). Commits where it resolves, rolls back where it throws.
   * A failed COMMIT is thrown, never swallowed; nothing is retried here.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Lends one connection for all of the work; it has no lock any more when it is given back, or is closed. */
  session<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Gives up a connection, where there are several, for somebody else of this process. */
  makeRoom(): void;
  use(): ConnectionUse;
  /** Waits for what is in flight, then closes every connection. */
  close(): Promise<void>;
  readonly pool: Pool;
}

export interface DatabaseOptions {
  /** At most this many connections. */
  maxConnections: number;
  /** How long a request waits for a free connection before it is answered 503, in milliseconds. */
  connectionTimeoutMillis: number;
  /** The server-side bound of any one statement, in milliseconds. */
  statementTimeoutMillis: number;
  onError: (error: Error) => void;
  /** PostgreSQL had no room for a connection that was asked for: others of this process may give one up. */
  onNoRoom?: (() => void) | undefined;
}

export function openDatabase(connection: PoolConfig, options: DatabaseOptions): Database {
  const servers = serversOf(connection);
  const pool = new Pool({
    ...servers.settings,
    Client: servers.Client,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectionTimeoutMillis,
    statement_timeout: options.statementTimeoutMillis,
    // Waiting for another's lock ends sooner, and is told apart from a statement that takes too long by itself.
    lock_timeout: Math.ceil(0.8 * options.statementTimeoutMillis),
    query_timeout: options.statementTimeoutMillis + 5_000,
    idle_in_transaction_session_timeout: 60_000,
    application_name: 'homeward',
    keepAlive: true,
  });
  pool.on('error', options.onError);
  const connections = connectionsOf(pool, servers, options);
  const transact = async <T>(client: PoolClient, work: (tx: Queryable) => Promise<T>): Promise<T> => {
    await begin(client);
    const result = await work({ query: (statement, values) => run(client, statement, values) });
    const [done] = await commit(client);
    if (done !== 'COMMIT') throw new Error('the transaction was rolled back at COMMIT');
    connections.expectReplicated(client);
    return result;
  };
  return {
    pool,
    query: (statement, values) =>
      connections.lend(async (client) => {
        const rows = await run(client, statement, values);
        connections.expectReplicated(client);
        return rows as never;
      }),
    transaction: (work) => connections.lend((client) => transact(client, work), undo),
    session: (work) =>
      connections.lend(async (client) => {
        const done = await work({
          query: (statement, values) => run(client, statement, values),
          transaction: async (each) => {
            try {
              return await transact(client, each);
            } catch (error) {
              await undo(client, error);
              throw error;
            }
          },
        });
        await run(client, { text: 'SELECT pg_advisory_unlock_all()' });
        return done;
      }),
    makeRoom: connections.makeRoom,
    use: () => ({
      most: options.maxConnections,
      used: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: () => pool.end(),
  };
}

/** A connection in which somebody left a failed transaction open is none: another one will do. */
async function begin(client: PoolClient): Promise<void> {
  try {
    await run(client, { text: 'BEGIN' });
  } catch (error) {
    throw meansConnectionUseless(error) ? new DatabaseUnavailable(error) : error;
  }
}

/** PostgreSQL answers COMMIT of a failed transaction with the tag ROLLBACK, and no error: only the tag tells. */
async function commit(client: PoolClient): Promise<[string]> {
  try {
    const result = await client.query('COMMIT');
    return [result.command];
  } catch (error) {
    throw away(error);
  }
}

/** Undoes a transaction that failed. False where the connection can no longer be used. */
async function undo(client: PoolClient, error: unknown): Promise<boolean> {
  if (meansConnectionLost(error) || meansConnectionUseless(error)) return false;
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

async function run<R extends QueryResultRow>(
  client: PoolClient,
  statement: Statement,
  values: readonly unknown[] = [],
): Promise<R[]> {
  try {
    const result = await client.query<R>({ ...statement, values: values as unknown[] });
    return result.rows;
  } catch (error) {
    throw away(error);
  }
}
