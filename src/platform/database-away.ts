/**
 * Decides what a database error means for the caller: the database is not available now, or the statement was wrong.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */

/** The database cannot be reached, is shutting down, or has no free connection: 503, and a retry can succeed. */
export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super('the database is not available', { cause });
    this.name = 'DatabaseUnavailable';
  }
}

/**
 * Fewer rows were written than expected, and PostgreSQL reported no error: a trigger or a rule that someone added
 * removed them. Anything that depends on the rows must not be answered or acknowledged.
 */
export class RowsNotWritten extends DatabaseUnavailable {
  constructor(readonly table: string) {
    super(undefined);
    this.message = `${table}: rows were not written, and the database reported no error`;
    this.name = 'RowsNotWritten';
  }
}

/** SQLSTATEs (and Node error codes) of temporary failures. */
const AWAY =
  /^(08|53|57P|58|XX001|XX002)|^(25006|57014|55P03|40001|40P01)$|^(ECONN|EPIPE|ETIMEDOUT|ENOENT|EHOSTUNREACH|ENOTFOUND|EAI_)/;

/** The messages of `pg`, without a code, for a connection that was lost, never made, or does not answer. */
const LOST =
  /timeout exceeded when trying to connect|timeout expired|Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout/;

/** The words of `pg` for a connection that was lost, which contain no value; undefined for any other error. */
export const lostConnection = (error: unknown): string | undefined =>
  LOST.exec(String(asError(error).message))?.[0];

/**
 * True for an error that means that the database is not available or overloaded, not that the statement was wrong. It
 * checks the content of the error and not its class, because errors of Node.js can come from another realm.
 */
export function meansDatabaseAway(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true;
  const { code, message } = asError(error);
  return (typeof code === 'string' && AWAY.test(code)) || (typeof message === 'string' && LOST.test(message));
}

/**
 * True when PostgreSQL has rolled back the transaction and it can be tried again: a serialization failure, a deadlock.
 */
export function asksForAnotherTry(error: unknown): boolean {
  for (let each = error; typeof each === 'object' && each !== null; each = asError(each).cause) {
    const { code } = asError(each);
    if (code === '40001' || code === '40P01') return true;
  }
  return false;
}

export const asError = (
  error: unknown,
): { code?: unknown; message?: unknown; cause?: unknown; severity?: unknown } =>
  typeof error === 'object' && error !== null ? error : {};

/**
 * True when the connection answers but is not usable: its session is read-only (a standby behind the address, a fenced
 * primary), it should lead to a standby and does not, or a transaction was left open in it. It is closed, and a new one
 * is made.
 */
export function meansConnectionUseless(error: unknown): boolean {
  for (let each = error; typeof each === 'object' && each !== null; each = asError(each).cause) {
    const { code } = asError(each);
    if (code === '25006' || code === '25P02' || code === 'NO_STANDBY') return true;
  }
  return false;
}

/** True when PostgreSQL allows no further connection for this role, this database, or at all. */
export const meansNoRoom = (error: unknown): boolean => asError(error).code === '53300';

/**
 * True when the database did not answer: a ROLLBACK would wait behind the statement that hangs. Closing the connection
 * also rolls back. An error that the server itself reports has a severity.
 */
export function meansConnectionLost(error: unknown): boolean {
  if (!(error instanceof DatabaseUnavailable)) return false;
  return typeof asError(error.cause).severity !== 'string';
}

export function away(error: unknown): unknown {
  return meansDatabaseAway(error) && !(error instanceof DatabaseUnavailable)
    ? new DatabaseUnavailable(error)
    : error;
}
