/**
 * The connection to PostgreSQL: a pool, prepared statements, transactions, and the decision what an error means for the
 * caller.
 * @see https://node-postgres.com
 */
import { createHash } from 'node:crypto';
import { Pool, type PoolClient, type PoolConfig, type QueryResultRow } from 'pg';
import { serversOf } from './choose-server';
import { connectionsOf } from './connections';
import { bytesFrom } from './read-bytes';
import { untraced, type Tracing } from './tracing';
import { away, DatabaseUnavailable, meansConnectionLost, meansConnectionUseless } from './database-away';
import { rowsFrom } from './prepared-query';

export { asksForAnotherTry, DatabaseUnavailable, meansDatabaseAway, RowsNotWritten } from './database-away';

/** A statement with a name (prepared once for each connection) and its text. Values are always bound separately. */
export interface Statement {
  name?: string;
  text: string;
}

const names = new Map<string, string>();
const MAX_NAMES = 1000;

/** The name of a statement that is made at run time: equal texts have equal names. Each text is hashed once. */
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
  /** The state that answers must show; what is there now unless given. Only where reads may go to a replica. */
  readonly asOf?: StateOfPrimary | undefined;
  /** Of an open transaction, and of what wraps one: use the function `afterCommit`. */
  afterCommit?(callback: () => void): void;
}

/** A state of the primary. @see docs/decisions/0064-read-replicas.md */
export interface StateOfPrimary {
  /** `pg_current_snapshot()`: the transactions that are visible. Absent when the primary itself answers. */
  snapshot?: string;
  /** The position in the write-ahead log before which all of these have committed, such as `0/3000148`. */
  position: string;
}

/** The current use of a pool's connections. */
export interface ConnectionUse {
  most: number;
  used: number;
  /** How many callers wait for a free one. */
  waiting: number;
}

/** The use of several pools. */
export function together(uses: readonly ConnectionUse[]): ConnectionUse {
  const sum = (part: keyof ConnectionUse): number => uses.reduce((total, use) => total + use[part], 0);
  return { most: sum('most'), used: sum('used'), waiting: sum('waiting') };
}

/** One connection for several transactions, one after the other. Its locks are held until the connection ends. */
export interface Session extends Queryable {
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
}

/** Reads bytes as they are: a `bytea` that `query` reads comes as hexadecimal text. */
export interface ByteSource {
  /**
   * @param select a query of one `bytea`. It has no parameters, so it must contain only values that this server made
   * @returns a value for each row, undefined for a null
   */
  bytes(select: string): Promise<(Buffer | undefined)[]>;
}

/**
 * Calls back when the transaction is known to be committed: not when it fails, and not when the answer to COMMIT does
 * not come. Outside of a transaction each statement has committed by itself, so it calls back at once.
 */
export function afterCommit(tx: Queryable, callback: () => void): void {
  if (tx.afterCommit) tx.afterCommit(callback);
  else callback();
}

export interface Database extends Queryable, ByteSource {
  /**
   * Runs `work` in one transaction (READ COMMITTED). Commits when it resolves, and rolls back when it throws. Throws
   * when COMMIT fails; retries nothing.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Lends one connection for all of the work. Releases its locks before it is returned, or closes it. */
  session<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Lends one connection for several reads, one after the other. */
  lend<T>(work: (one: Queryable & ByteSource) => Promise<T>): Promise<T>;
  /** Closes a connection, if there are several, so that another pool of this process can open one. */
  makeRoom(): void;
  use(): ConnectionUse;
  /** Waits for the work in progress, then closes every connection. */
  close(): Promise<void>;
  readonly pool: Pool;
}

export interface DatabaseOptions {
  /** At most this many connections. */
  maxConnections: number;
  /** How long a request waits for a free connection before it is answered 503, in milliseconds. */
  connectionTimeoutMillis: number;
  /** The time limit of each statement on the server, in milliseconds. */
  statementTimeoutMillis: number;
  onError: (error: Error) => void;
  /** Called when PostgreSQL refused a further connection: other pools of this process may close one. */
  onNoRoom?: (() => void) | undefined;
  tracing?: Pick<Tracing, 'statement'>;
  /** What the connections must lead to: the primary unless given. */
  role?: 'primary' | 'standby';
}

export function openDatabase(connection: PoolConfig, options: DatabaseOptions): Database {
  const { tracing = untraced } = options;
  const run = runTraced(tracing);
  const servers = serversOf(connection, options.role);
  const pool = new Pool({
    ...servers.settings,
    Client: servers.Client,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectionTimeoutMillis,
    statement_timeout: options.statementTimeoutMillis,
    // A wait for a lock ends sooner, with another error than a statement that runs too long.
    lock_timeout: Math.ceil(0.8 * options.statementTimeoutMillis),
    query_timeout: options.statementTimeoutMillis + 5_000,
    idle_in_transaction_session_timeout: 60_000,
    application_name: 'homeward',
    keepAlive: true,
  });
  pool.on('error', options.onError);
  const connections = connectionsOf(pool, servers, options);
  const transact = async <T>(client: PoolClient, work: (tx: Queryable) => Promise<T>): Promise<T> => {
    await begin(client, run);
    const callbacks: (() => void)[] = [];
    const result = await work({
      query: (statement, values) => run(client, statement, values),
      afterCommit: (callback) => void callbacks.push(callback),
    });
    await commit(client, tracing);
    connections.expectReplicated(client);
    for (const callback of callbacks) callback();
    return result;
  };
  const bytesOn = async (client: PoolClient, select: string): Promise<(Buffer | undefined)[]> => {
    try {
      return await tracing.statement(COPY, () => bytesFrom(client, select));
    } catch (error) {
      throw away(error);
    }
  };
  return {
    pool,
    query: (statement, values) =>
      connections.lend(async (client) => {
        const rows = await run(client, statement, values);
        connections.expectReplicated(client);
        return rows as never;
      }),
    bytes: (select) => connections.lend((client) => bytesOn(client, select)),
    lend: (work) =>
      connections.lend((client) =>
        work({
          query: (statement, values) => run(client, statement, values),
          bytes: (select) => bytesOn(client, select),
        }),
      ),
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

/** How a trace names the reading of bytes, whose text contains values. */
const COPY: Statement = { name: 'copy_bytes', text: 'COPY … TO STDOUT (FORMAT binary)' };

/** A connection with a failed open transaction is not usable: another one is taken. */
async function begin(client: PoolClient, run: Run): Promise<void> {
  try {
    await run(client, { text: 'BEGIN' });
  } catch (error) {
    throw meansConnectionUseless(error) ? new DatabaseUnavailable(error) : error;
  }
}

/** PostgreSQL answers COMMIT of a failed transaction with the tag ROLLBACK and no error, so the tag must be checked. */
async function commit(client: PoolClient, tracing: Pick<Tracing, 'statement'>): Promise<void> {
  const text = 'COMMIT';
  const { command } = await tracing
    .statement({ text }, () => client.query(text))
    .catch((error: unknown) => {
      throw away(error);
    });
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back at COMMIT');
}

/** Rolls back a failed transaction. Returns false when the connection is no longer usable. */
async function undo(client: PoolClient, error: unknown): Promise<boolean> {
  if (meansConnectionLost(error) || meansConnectionUseless(error)) return false;
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

/** Runs a statement on a connection. */
type Run = <R extends QueryResultRow>(
  client: PoolClient,
  statement: Statement,
  values?: readonly unknown[],
) => Promise<R[]>;

/** Its trace has the text of the statement without the values. */
function runTraced(tracing: Pick<Tracing, 'statement'>): Run {
  return async <R extends QueryResultRow>(
    client: PoolClient,
    statement: Statement,
    values: readonly unknown[] = [],
  ) => {
    try {
      return await tracing.statement(statement, () => rowsFrom<R>(client, statement, values));
    } catch (error) {
      throw away(error);
    }
  };
}
