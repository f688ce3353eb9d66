/**
 * Finds which records retention has removed. A tombstone is valid only with the sealed record of its retention run, and
 * only for records that were older than the run's policy. Every other missing record was deleted.
 */
import { timeOfId } from '../../platform/ids';
import type { Queryable } from '../../platform/postgres';
import type { Faults } from './fault';
import { readHead } from './head';
import { isProven, TOMBSTONE_PROVEN } from './proven';

/** The shortest allowed policy. */
export const SHORTEST_DAYS = 30;

const DAY_MILLIS = 86_400_000;
/** A record's id and its time of receipt are made at slightly different times, and the clocks of two nodes differ. */
const TOLERANCE_MILLIS = 60_000;
/** How far a clock may be set back after a run, or differ from another node's. */
const CLOCKS_APART_MILLIS = DAY_MILLIS;

interface Run {
  xid: bigint;
  /** Records made before this may be removed, in milliseconds since 1970. */
  before: number;
}

type Runs = ReadonlyMap<string, Run>;

/** For each head, the earliest time that it or a later head states. */
const EARLIEST = `SELECT l.upto, l.head,
    min(substring(l.head FROM '"sealedAt":"([^"]*)"')) OVER (ORDER BY l.seal DESC) AS earliest
  FROM ledger_seal AS l`;

/**
 * Reads the retention runs that were sealed at about the time that they state. Someone with the database and its key
 * could seal a run with a future time; the times of the heads after it show that.
 */
async function readRuns(db: Queryable, auditKey: Buffer): Promise<Runs> {
  const { condition, values } = isProven(TOMBSTONE_PROVEN, auditKey, 1);
  const rows = await db.query<{
    id: string;
    xid: string;
    days: number;
    started: Date | number;
    head: string;
    earliest: string;
  }>(
    {
      text: `WITH seals AS (${EARLIEST}), runs AS (SELECT r.id, r.xid, r.older_than_days, r.removed_at,
          (SELECT l.upto FROM ledger_seal AS l WHERE l.upto > r.xid ORDER BY l.upto LIMIT 1) AS upto
        FROM ledger_tombstone AS r
        WHERE r.run IS NULL AND r.removed = '{}' AND r.older_than_days >= ${SHORTEST_DAYS} AND ${condition})
      SELECT runs.id, runs.xid::text AS xid, runs.older_than_days AS days, runs.removed_at AS started, seals.head, seals.earliest
        FROM runs JOIN seals ON seals.upto = runs.upto`,
    },
    values,
  );
  const runs = new Map<string, Run>();
  for (const { id, xid, days, started, head, earliest } of rows) {
    const sealedAt = Date.parse(readHead(head)?.sealedAt ?? '');
    const later = Date.parse(earliest) + CLOCKS_APART_MILLIS;
    const at = Number(started);
    // A run with a future time would make all records old enough.
    if (!(at <= Math.min(sealedAt, later) + TOLERANCE_MILLIS)) continue;
    runs.set(id, { xid: BigInt(xid), before: at - days * DAY_MILLIS + TOLERANCE_MILLIS });
  }
  return runs;
}

/** The runs of one verification: read when first needed, and again when a newer one is named. */
export interface KnownRuns {
  of(db: Queryable, names: readonly string[]): Promise<Runs>;
}

export function knownRuns(auditKey: Buffer): KnownRuns {
  let known: Runs | undefined;
  return {
    of: async (db, names) => {
      if (known === undefined || names.some((name) => !known?.has(name)))
        known = await readRuns(db, auditKey);
      return known;
    },
  };
}

/** The ids of the records under these seals that tombstones explain, by seal. */
export async function readRemoved(
  tx: Queryable,
  seals: readonly { seal: number; head: string }[],
  auditKey: Buffer,
  known: KnownRuns,
): Promise<Map<number, Set<string>>> {
  const { condition, values } = isProven(TOMBSTONE_PROVEN, auditKey, 2);
  const rows = await tx.query<{ seal: string; removed: string[]; run: string; xid: string }>(
    {
      text: `SELECT r.seal::text AS seal, r.removed, r.run, r.xid::text AS xid FROM ledger_tombstone AS r
        WHERE r.seal = ANY($1::bigint[]) AND r.run IS NOT NULL AND ${condition}`,
    },
    [seals.map(({ seal }) => seal), ...values],
  );
  const removed = new Map<number, Set<string>>();
  if (rows.length === 0) return removed;
  const runs = await known.of(
    tx,
    rows.map(({ run }) => run),
  );
  const sealedAt = new Map(
    seals.map(({ seal, head }) => [seal, Date.parse(readHead(head)?.sealedAt ?? '')] as const),
  );
  for (const row of rows) {
    const run = runs.get(row.run);
    if (!run || BigInt(row.xid) <= run.xid) continue;
    const seal = Number(row.seal);
    const ids = removed.get(seal) ?? new Set();
    for (const id of row.removed)
      if ((timeOfId(id) ?? sealedAt.get(seal) ?? Infinity) < run.before) ids.add(id);
    removed.set(seal, ids);
  }
  return removed;
}

const MOST_NAMED = 20;

/** Reports tombstones that are not valid. */
export async function checkTombstones(db: Queryable, auditKey: Buffer, faults: Faults): Promise<void> {
  const { condition, values } = isProven(TOMBSTONE_PROVEN, auditKey, 1);
  const rows = await db.query<{
    id: string;
    run: string | null;
    xid: string;
    genuine: boolean;
    empty: boolean;
  }>(
    {
      text: `SELECT r.id, r.run, r.xid::text AS xid, ${condition} AS genuine, r.removed = '{}' AS empty
        FROM ledger_tombstone AS r`,
    },
    values,
  );
  if (rows.length === 0) return;
  const runs = await readRuns(db, auditKey);
  const newest = await lastUpto(db);
  let named = 0;
  for (const { id, run, xid, genuine, empty } of rows) {
    const isRun = run === null && empty;
    const isSealed = BigInt(xid) < newest;
    const counts = isRun
      ? runs.has(id) || !isSealed
      : run !== null && (runs.get(run)?.xid ?? BigInt(xid)) < BigInt(xid);
    if ((counts && genuine) || named >= MOST_NAMED) continue;
    named += 1;
    faults.add({
      kind: 'forged',
      record: { kind: 'tombstone', id },
      text: isRun
        ? `The retention run was not made by homeward retention, or its policy is shorter than ${SHORTEST_DAYS} days.`
        : 'The tombstone has no sealed retention run that made it.',
    });
  }
}

async function lastUpto(db: Queryable): Promise<bigint> {
  const [row] = await db.query<{ upto: string }>({
    text: `SELECT coalesce(max(ledger_seal.upto), '0')::text AS upto FROM ledger_seal`,
  });
  return BigInt(row?.upto ?? '0');
}
