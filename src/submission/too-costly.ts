/**
 * A submission that takes the database longer than one statement may run. Sent again it would take as long again, so
 * it is refused with a sentence, and kept; but only where the submission itself is the cause, and the database answers
 * others. What waits for a lock, and a database that is slow by itself, are away: 503, and worth another try.
 */
import type { Issue } from '../fhir/issue';
import type { Database, Queryable } from '../platform/postgres';
import { TAKE_LOCKS } from './locks';
import { failure, type Result, type Validated } from './steps';

/** A statement has run for all the time that it may. */
class OutOfTime extends Error {
  constructor(
    cause: unknown,
    readonly isSearch: boolean,
  ) {
    super('a statement of a submission ran out of time', { cause });
    this.name = 'OutOfTime';
  }
}

/** SQLSTATE 57014, query_canceled: what a statement timeout ends with. */
function isCancelled(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return code === '57014' || (cause !== undefined && isCancelled(cause));
}

/** The same database, which tells of statements that ran out of time. @param millis the most that one may run */
export function timed(tx: Queryable, millis: number): Queryable {
  return {
    async query(statement, values) {
      const began = performance.now();
      try {
        return await tx.query(statement, values);
      } catch (error) {
        const usedUp = performance.now() - began >= 0.9 * millis;
        if (!usedUp || !isCancelled(error) || statement.name === TAKE_LOCKS) throw error;
        throw new OutOfTime(error, /^(WITH page|SELECT)/.test(statement.text));
      }
    },
  };
}

/** Smaller submissions are no cause: whatever took so long then is the database's. */
const LARGE_BYTES = 1024 * 1024;
const LARGE_ENTRIES = 500;
/** A database that answers later than this is slow by itself, in milliseconds. */
const AT_ONCE = 2_000;

/** @returns the refusal, where the submission is the cause. @throws the error, where it is not */
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
  return failure('invalid', tooCostly(error.isSearch));
}

const tooCostly = (isSearch: boolean): Issue => ({
  severity: 'error',
  code: 'too-costly',
  rule: 'submission-too-costly',
  text: isSearch
    ? 'A condition of this submission takes longer to search for than this server allows. Use an identifier, or the id that the server gave.'
    : 'This submission takes longer to store than this server allows. Send it in smaller parts.',
});
