/**
 * The locks under which a submission is matched and written: PostgreSQL's advisory locks of the transaction, on the
 * few things that another submission could be about to write too. They are always taken in one order (by class, then
 * by name), so that submissions can't wait for each other in a circle; there is no lock on a table, and none that
 * every submission must take. @see docs/decisions/0008-locks.md
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../../../platform/postgres';

/** The classes, in the order in which they are taken. */
export type LockClass = '1-bytes' | '2-lineage' | '3-patient' | '4-resource' | '5-condition' | '6-shared';

export const lockOn = (lockClass: LockClass, ...names: readonly string[]): string =>
  [lockClass, ...names].join('\u0001');

/** The name of the statement that takes them. */
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
