/**
 * Refuses a submission that runs longer in the database than one statement may. A retry would take as long, so the
 * submission is refused with a sentence and stored. This applies only if the submission itself is the cause and the
 * database answers others. Waiting for a lock, and a database that is slow for every request, give 503, and the sender
 * can retry.
 */
import type { QueryResultRow } from 'pg';
import type { Issue } from '../../fhir/issue';
import { DatabaseUnavailable } from '../../platform/database-away';
import type { Database, Queryable, Statement } from '../../platform/postgres';
import { takesLocks } from './locks/take-locks';
import { failure, type Result, type Validated } from './steps';

/** A statement reached its time limit. */
class OutOfTime extends Error {
  constructor(
    cause: unknown,
    readonly isSearch: boolean,
  ) {
    super('a database statement of a submission timed out', { cause });
    this.name = 'OutOfTime';
  }
}

/** True for SQLSTATE 57014, query_canceled, which PostgreSQL raises at a statement timeout. */
export function isCancelled(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return code === '57014' || (cause !== undefined && isCancelled(cause));
}

/**
 * Wraps the database connection so that time limits raise `OutOfTime`: for one statement, and for all searches
 * together, because a thousand conditions occupy a connection as long as one slow statement.
 * @param millis the time limit of one statement, and of all searches of the submission together
 */
export function timed(tx: Queryable, millis: number): Queryable {
  let searching = 0;
  return {
    ...tx,
    async query<R extends QueryResultRow>(statement: Statement, values?: readonly unknown[]) {
      const began = performance.now();
      const isSearch = !takesLocks(statement) && /^(WITH page|SELECT)/.test(statement.text);
      try {
        const rows = await tx.query<R>(statement, values);
        if (isSearch) searching += performance.now() - began;
        if (searching > millis) throw new OutOfTime(new DatabaseUnavailable('slow searches'), true);
        return rows;
      } catch (error) {
        const usedUp = performance.now() - began >= 0.9 * millis;
        if (!usedUp || !isCancelled(error) || takesLocks(statement)) throw error;
        throw new OutOfTime(error, isSearch);
      }
    },
  };
}

/** The least size at which a submission can itself be the cause; with a smaller one the database is. */
const LARGE_BYTES = 1024 * 1024;
const LARGE_ENTRIES = 500;
/** A database that answers a probe later than this is slow for every request, in milliseconds. */
const AT_ONCE = 2_000;

/** @returns the refusal, when the submission is the cause. @throws the error, when it is not */
export async function refusedAsTooCostly(
  error: unknown,
  { received, entries }: Validated,
  database: Database,
): Promise<Result<never>> {
  if (!(error instanceof OutOfTime)) throw error;
  const isLarge = received.bytes.length > LARGE_BYTES || entries.length > LARGE_ENTRIES;
  if (!isLarge && !error.isSearch) throw error.cause;
  const began = performance.now();
  await database.query({ text: 'SELECT 1' });
  if (performance.now() - began > AT_ONCE) throw error.cause;
  return failure('invalid', tooCostly(error.isSearch, received.asked.conditions.length > 0));
}

const tooCostly = (isSearch: boolean, hasConditions: boolean): Issue => ({
  severity: 'error',
  code: 'too-costly',
  rule: 'submission-too-costly',
  text:
    isSearch && hasConditions
      ? 'The searches for the conditions of this submission take longer than this server allows. Use identifiers, or the ids that the server assigned, and send fewer conditions at once.'
      : 'This submission takes longer to store than this server allows. Send it in smaller parts.',
});
