/**
 * Takes the locks under which a submission is matched and written. They are PostgreSQL's advisory transaction locks, on
 * the few things that another submission could also write. They are always taken in one order (by class, then by name),
 * so that submissions cannot deadlock. No lock covers a table, and no lock is common to all submissions.
 *
 * PostgreSQL's table of locks is of fixed size, and all sessions share it. So the names of a class are in groups: who
 * needs few names shares their groups with others and locks the names, and who needs many locks whole groups.
 * @see docs/decisions/0008-locks.md
 * @see docs/decisions/0095-groups-of-locks.md
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../../../platform/postgres';

/** The classes, in the order in which they are taken. */
const CLASSES = ['1-bytes', '2-lineage', '3-patient', '4-resource', '5-condition', '6-shared'] as const;
export type LockClass = (typeof CLASSES)[number];

/** A submission has one name at most of each of these. */
const SINGLE: ReadonlySet<LockClass> = new Set(['1-bytes', '2-lineage']);

const SEPARATOR = '\u0001';
export const lockOn = (lockClass: LockClass, ...names: readonly string[]): string =>
  [lockClass, ...names].join(SEPARATOR);

/** The groups of a class; and so many names are locked by themselves at most. */
export const GROUPS = 128;

/** The name of the prepared statement that takes the locks. */
export const TAKE_LOCKS = 'take_locks';

const TEXT = `SELECT CASE WHEN shared THEN pg_advisory_xact_lock_shared(key) ELSE pg_advisory_xact_lock(key) END
  FROM unnest($1::bigint[], $2::boolean[]) AS lock (key, shared)`;

interface Lock {
  key: bigint;
  isShared: boolean;
}

/** Takes the locks and holds them until the transaction ends. */
export async function takeLocks(tx: Queryable, locks: ReadonlySet<string>): Promise<void> {
  const names = [...locks].sort();
  const taken = CLASSES.flatMap((each) =>
    locksOf(
      each,
      names.filter((name) => name.startsWith(`${each}${SEPARATOR}`)),
    ),
  );
  await tx.query({ name: TAKE_LOCKS, text: TEXT }, [
    taken.map(({ key }) => key.toString()),
    taken.map(({ isShared }) => isShared),
  ]);
}

/** Groups before names, so that who has a name waits for nobody who has its group. */
function locksOf(lockClass: LockClass, names: readonly string[]): Lock[] {
  const digests = names.map(digestOf);
  const own = digests.map((digest) => ({ key: keyOf(digest), isShared: false }));
  if (SINGLE.has(lockClass)) return own;
  const isMany = names.length > GROUPS;
  const groups = [...new Set(digests.map((digest) => digest.readUInt8(8) % GROUPS))].sort((a, b) => a - b);
  const shared = groups.map((group) => ({ key: keyOfGroup(lockClass, group), isShared: !isMany }));
  return isMany ? shared : [...shared, ...own];
}

const digestOf = (name: string): Buffer => createHash('sha256').update(name).digest();
const keyOf = (digest: Buffer): bigint => digest.readBigInt64BE();

const groupKeys = new Map<string, bigint>();

function keyOfGroup(lockClass: LockClass, group: number): bigint {
  const name = `group of ${lockClass} ${group}`;
  const known = groupKeys.get(name) ?? keyOf(digestOf(name));
  groupKeys.set(name, known);
  return known;
}
