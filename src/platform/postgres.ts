/**
 * The connection to PostgreSQL: a pool, prepared statements, transactions, and the one judgement of what an error
 * means for the caller. @see https://node-postgres.com
 */
import { createHash } from 'node:crypto';
import { Pool, type PoolClient, type PoolConfig, type QueryResultRow } from 'pg';

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

export interface Database extends Queryable {
  /**
   * Runs `work` in one transaction (READ COMMITTED). Commits where it resolves, rolls back where it throws.
   * A failed COMMIT is thrown, never swallowed; nothing is retried here.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Waits for what is in flight, then closes every connection. */
  close(): Promise<void>;
  readonly pool: Pool;
}

/** The database can't be reached, is shutting down, or has no connection to spare: 503, and worth another try. */
export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super('the database is away', { cause });
    this.name = 'DatabaseUnavailable';
  }
}

/**
 * Fewer rows were written than asked for, and PostgreSQL reported no error: a trigger or a rule of somebody's took them
 * away. What depends on them must not be answered or acknowledged.
 */
export class RowsNotWritten extends DatabaseUnavailable {
  constructor(readonly table: string) {
    super(undefined);
    this.message = `${table}: rows were not written, and the database reported no error`;
    this.name = 'RowsNotWritten';
  }
}

/** SQLSTATEs (and Node error codes) that say «not now» rather than «never so». */
const AWAY =
  /^(08|53|57P|58|XX001|XX002)|^(25006|57014|55P03|40001|40P01)$|^(ECONN|EPIPE|ETIMEDOUT|ENOENT|EHOSTUNREACH|ENOTFOUND|EAI_)/;

/** What `pg` says, without a code, of a connection that is lost, was never made, or does not answer. */
const LOST =
  /timeout exceeded when trying to connect|timeout expired|Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout/;

/**
 * True of an error that means the database is away or overloaded, not that the statement was wrong. It asks what the
 * error says, not of which class it is: an error of Node.js itself may come from another realm.
 */
export function meansDatabaseAway(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true;
  const { code, message } = asError(error);
  return (typeof code === 'string' && AWAY.test(code)) || (typeof message === 'string' && LOST.test(message));
}

/** True where PostgreSQL has undone the transaction and asks for it again: a serialization failure, a deadlock. */
export function asksForAnotherTry(error: unknown): boolean {
  for (let each = error; typeof each === 'object' && each !== null; each = asError(each).cause) {
    const { code } = asError(each);
    if (code === '40001' || code === '40P01') return true;
  }
  return false;
}

const asError = (
  error: unknown,
): { code?: unknown; message?: unknown; cause?: unknown; severity?: unknown } =>
  typeof error === 'object' && error !== null ? error : {};

export interface DatabaseOptions {
  /** At most this many connections. */
  maxConnections: number;
  /** How long a request waits for a free connection before it is answered 503, in milliseconds. */
  connectionTimeoutMillis: number;
  /** The server-side bound of any one statement, in milliseconds. */
  statementTimeoutMillis: number;
  onError: (error: Error) => void;
}

export function openDatabase(connection: PoolConfig, options: DatabaseOptions): Database {
  const pool = new Pool({
    ...connection,
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
  return {
    pool,
    query: (statement, values) => run(pool, statement, values),
    transaction: (work) => transaction(pool, work),
    close: () => pool.end(),
  };
}

async function transaction<T>(pool: Pool, work: (tx: Queryable) => Promise<T>): Promise<T> {
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw away(error);
  }
  let broken: Error | undefined;
  // A connection that dies between two statements is told here; without a listener it would end the process.
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await run(client, { text: 'BEGIN' });
    const result = await work({ query: (statement, values) => run(client, statement, values) });
    const [done] = await commit(client);
    if (done !== 'COMMIT') throw new Error('the transaction was rolled back at COMMIT');
    return result;
  } catch (error) {
    broken ??= isConnectionLost(error) ? new Error('the connection is lost') : await rollback(client);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/**
 * True where the database did not answer: a ROLLBACK would wait behind the statement that hangs. The connection is
 * closed instead, which undoes the transaction too. What the server itself reports has a severity.
 */
function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof DatabaseUnavailable)) return false;
  return typeof asError(error.cause).severity !== 'string';
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

async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function run<R extends QueryResultRow>(
  on: Pool | PoolClient,
  statement: Statement,
  values: readonly unknown[] = [],
): Promise<R[]> {
  try {
    const result = await on.query<R>({ ...statement, values: values as unknown[] });
    return result.rows;
  } catch (error) {
    throw away(error);
  }
}

function away(error: unknown): unknown {
  return meansDatabaseAway(error) && !(error instanceof DatabaseUnavailable)
    ? new DatabaseUnavailable(error)
    : error;
}
