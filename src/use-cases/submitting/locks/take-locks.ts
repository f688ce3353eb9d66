/**
 * Takes the locks under which a submission is matched and written, on the few things that another submission could also
 * write. They are always taken in one order (by class, then by name), so that submissions cannot deadlock. No lock covers
 * a table, and no lock is common to all submissions.
 *
 * There are two kinds. PostgreSQL's advisory transaction locks are given in the order in which they are asked for, but
 * its table of locks is of fixed size, and all sessions share it. A locked row needs no room in it. So all submissions
 * lock a row for each name, and those with few names of a class take advisory locks before.
 * @see docs/decisions/0008-locks.md
 * @see docs/decisions/0100-rows-as-locks.md
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../../../platform/postgres';

/** The classes, in the order in which they are taken. */
const CLASSES = ['1-bytes', '2-lineage', '3-patient', '4-resource', '5-condition', '6-shared'] as const;
export type LockClass = (typeof CLASSES)[number];

/** A submission has one name at most of each of these: they need no rows. */
const SINGLE: ReadonlySet<LockClass> = new Set(['1-bytes', '2-lineage']);

const SEPARATOR = '\u0001';
export const lockOn = (lockClass: LockClass, ...names: readonly string[]): string =>
  [lockClass, ...names].join(SEPARATOR);

/** So many names of a class have advisory locks at most. */
export const MOST_NAMES = 128;
/** The rows of a class. Of a thousand names, a name that is none of them has the row of one in 1 of 130 cases. */
const SLOTS = 131_072;

/** The name of the prepared statement that takes the locks. */
const TAKE_LOCKS = 'take_locks';
/** True for a statement that waits for other submissions. */
export const takesLocks = ({ name }: { name?: string }): boolean => name === TAKE_LOCKS;

/**
 * First the advisory locks `$1`, then the rows `$2`. A row that is there is locked, and nothing is written then. A row
 * that is being made keeps others out as well. Of rows that are made since it began, PostgreSQL locks the newest version.
 */
const TEXT = `WITH advisory AS MATERIALIZED (SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS lock (key))
  INSERT INTO row_lock (slot) SELECT slot FROM (SELECT count(*) FROM advisory) AS taken, unnest($2::integer[]) AS lock (slot)
  ORDER BY slot ON CONFLICT (slot) DO UPDATE SET slot = row_lock.slot WHERE false`;

/** Takes the locks and holds them until the transaction ends. */
export async function takeLocks(tx: Queryable, locks: ReadonlySet<string>): Promise<void> {
  const keys: string[] = [];
  const slots = new Set<number>();
  const names = [...locks].sort();
  for (const [index, lockClass] of CLASSES.entries()) {
    const digests = names.filter((name) => name.startsWith(`${lockClass}${SEPARATOR}`)).map(digestOf);
    const isSingle = SINGLE.has(lockClass);
    if (isSingle || digests.length <= MOST_NAMES)
      for (const digest of digests) keys.push(digest.readBigInt64BE().toString());
    if (!isSingle) for (const digest of digests) slots.add(index * SLOTS + (digest.readUInt32BE(8) % SLOTS));
  }
  if (keys.length + slots.size > 0) await tx.query({ name: TAKE_LOCKS, text: TEXT }, [keys, [...slots]]);
}

const digestOf = (name: string): Buffer => createHash('sha256').update(name).digest();
