/**
 * Takes the locks under which a submission is matched and written. They are PostgreSQL's advisory transaction locks, on
 * the few things that another submission could also write. They are always taken in one order (by class, then by name),
 * so that submissions cannot deadlock. No lock covers a table, and no lock is common to all submissions.
 * @see docs/decisions/0008-locks.md
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../../../platform/postgres';

/** The classes, in the order in which they are taken. */
export type LockClass = '1-bytes' | '2-lineage' | '3-patient' | '4-resource' | '5-condition' | '6-shared';

export const lockOn = (lockClass: LockClass, ...names: readonly string[]): string =>
  [lockClass, ...names].join('\u0001');

/** The name of the prepared statement that takes the locks. */
export const TAKE_LOCKS = 'take_locks';

/** Takes the locks and holds them until the transaction ends. */
export async function takeLocks(tx: Queryable, locks: ReadonlySet<string>): Promise<void> {
  const keys = [...locks]
    .sort()
    .map((lock) => createHash('sha256').update(lock).digest().readBigInt64BE().toString());
  await tx.query(
    { name: TAKE_LOCKS, text: 'SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key' },
    [keys],
  );
}
