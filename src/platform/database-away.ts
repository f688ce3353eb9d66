/**
 * What an error of the database means for the caller: that it is away for the moment, or that a statement was wrong.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */

/** The database can't be reached, is shutting down, or has no connection to spare: 503, and worth another try. */
export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super('the database is not available', { cause });
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

/** SQLSTATEs (and Node error codes) that say "not now" rather than "never so". */
const AWAY =
  /^(08|53|57P|58|XX001|XX002)|^(25006|57014|55P03|40001|40P01)$|^(ECONN|EPIPE|ETIMEDOUT|ENOENT|EHOSTUNREACH|ENOTFOUND|EAI_)/;

/** What `pg` says, without a code, of a connection that is lost, was never made, or does not answer. */
const LOST =
  /timeout exceeded when trying to connect|timeout expired|Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout/;

/**
 * True of an error that means the database is not available or overloaded, not that the statement was wrong. It asks what the
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

export const asError = (
  error: unknown,
): { code?: unknown; message?: unknown; cause?: unknown; severity?: unknown } =>
  typeof error === 'object' && error !== null ? error : {};

/**
 * True where the connection can no longer be used, though it answers: its session is read-only (a standby behind the
 * address, a fenced primary), or a transaction was left open in it. It is closed, and a new one is made.
 */
export function meansConnectionUseless(error: unknown): boolean {
  for (let each = error; typeof each === 'object' && each !== null; each = asError(each).cause) {
    const { code } = asError(each);
    if (code === '25006' || code === '25P02') return true;
  }
  return false;
}

/** True where PostgreSQL has no room for another connection of this role, this database, or at all. */
export const meansNoRoom = (error: unknown): boolean => asError(error).code === '53300';

/**
 * True where the database did not answer: a ROLLBACK would wait behind the statement that hangs. The connection is
 * closed instead, which undoes the transaction too. What the server itself reports has a severity.
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
