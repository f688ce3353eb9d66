/**
 * Reads the seals in the database from a given position, and returns each with its records as sealed and as they are
 * now. Verification and export both use this.
 */
import type { Database, Queryable } from '../../platform/postgres';
import type { Found, FoundRecord } from './read-records';
import { readRecords } from './read-records';
import { decodeRecords, inOrder, type LedgerRecord } from './records';
import { readRemoved, type KnownRuns } from './removed';
import type { FactTables } from './sealed-tables';
import { readShape, withFixedForms, type Shape } from './sealed-columns';
import { readHead } from './head';
import { isUnder, readDroppedMonths, type StoredMonthRecord } from './months/month-records';
import { monthOfId } from '../../platform/months';

export interface StoredSeal {
  seal: number;
  upto: string;
  head: string;
  signature: string;
  /** The sealed records; undefined when the list can no longer be read. */
  sealed: LedgerRecord[] | undefined;
  /** The same as it is stored. */
  bytes: Buffer;
}

export interface ExaminedSeal extends StoredSeal {
  /** The records as they are in the tables now. */
  found: FoundRecord[];
  /** Ids of records that tombstones explain, and those of months that were dropped. */
  removed: Set<string>;
  /** The sealed records of months that were dropped, by month; without those that tombstones explain. */
  ofDropped: ReadonlyMap<string, LedgerRecord[]>;
  /** False when the shape that was used for the seal is missing or altered. */
  shapeKnown: boolean;
}

export interface Examined {
  seals: ExaminedSeal[];
  /** Versions of each type that belong to the submissions of these seals. */
  rows: Found['rows'];
  /** The months that were dropped, as this reading saw them. */
  dropped: ReadonlyMap<string, StoredMonthRecord>;
}

/** Seals read at one time, and the most bytes of their records. */
const SEALS_AT_ONCE = 200;
const BYTES_AT_ONCE = 49 * 5_000;

export async function examine(
  database: Database,
  tables: FactTables,
  after: { seal: number; upto: string },
  auditKey: Buffer,
  runs: KnownRuns,
): Promise<Examined> {
  return database.transaction(async (tx) => {
    await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY' });
    await withFixedForms(tx);
    const stored = await readSeals(tx, after.seal);
    const removed = await readRemoved(tx, stored, auditKey, runs);
    const dropped = await readDroppedMonths(tx, auditKey);
    const shapes = new Map<string, Shape | undefined>();
    const rows = new Map<string, number>();
    const seals: ExaminedSeal[] = [];
    let from = after.upto;
    for (let start = 0; start < stored.length;) {
      const shapeOf = readHead(stored[start]!.head)?.shape ?? '';
      if (!shapes.has(shapeOf)) shapes.set(shapeOf, await readShape(tx, shapeOf));
      const shape = shapes.get(shapeOf);
      let end = start + 1;
      while (end < stored.length && readHead(stored[end]!.head)?.shape === shapeOf) end += 1;
      const group = stored.slice(start, end);
      const { upto } = group.at(-1)!;
      const found: Found =
        shape === undefined || BigInt(upto) <= BigInt(from)
          ? { records: [], rows: new Map(), submissions: [] }
          : await readRecords(tx, shape, tables, { from, upto }, auditKey);
      for (const [table, count] of found.rows) rows.set(table, (rows.get(table) ?? 0) + count);
      const shared = share(group, found.records);
      for (const [index, each] of group.entries())
        seals.push(
          withoutDropped(
            {
              ...each,
              found: inOrder(shared[index] ?? []),
              removed: removed.get(each.seal) ?? new Set(),
              ofDropped: new Map(),
              shapeKnown: shape !== undefined,
            },
            dropped,
          ),
        );
      from = upto;
      start = end;
    }
    return { seals, rows, dropped };
  });
}

/**
 * Explains what is missing because its month was dropped: the audit records themselves, and the proof that the server
 * wrote the submissions, which was checked when the month was exported.
 */
export function withoutDropped(
  examined: ExaminedSeal,
  dropped: ReadonlyMap<string, Pick<StoredMonthRecord, 'firstSeal' | 'lastSeal'>>,
): ExaminedSeal {
  const { seal, sealed = [], found, removed } = examined;
  if (!isUnder(seal, dropped.values())) return examined;
  const ofDropped = new Map<string, LedgerRecord[]>();
  for (const record of sealed) {
    const month = record.kind === 'audit' ? monthOfId(record.id) : undefined;
    if (month === undefined || !dropped.has(month) || removed.has(record.id)) continue;
    const ofMonth = ofDropped.get(month);
    if (ofMonth) ofMonth.push(record);
    else ofDropped.set(month, [record]);
  }
  return {
    ...examined,
    found: found.map((each) => (each.kind === 'submission' ? { ...each, genuine: true } : each)),
    removed: new Set([...removed, ...[...ofDropped.values()].flat().map(({ id }) => id)]),
    ofDropped,
  };
}

/** Assigns each record to the first seal that covers its transaction. */
function share(group: readonly StoredSeal[], records: readonly FoundRecord[]): FoundRecord[][] {
  const shared: FoundRecord[][] = group.map(() => []);
  const bounds = group.map(({ upto }) => BigInt(upto));
  for (const record of records) {
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (record.xid < bounds[middle]!) high = middle;
      else low = middle + 1;
    }
    shared[low]!.push(record);
  }
  return shared;
}

/** The next seals after this one, as many as are read at one time. */
export async function readSeals(tx: Queryable, after: number): Promise<StoredSeal[]> {
  const rows = await tx.query<{
    seal: string;
    upto: string;
    head: string;
    signature: string;
    records: Buffer;
  }>(
    {
      text: `SELECT seal::text AS seal, upto::text AS upto, head, signature, records FROM (
          SELECT *, sum(octet_length(records)) OVER (ORDER BY ledger_seal.seal) - octet_length(records) AS before FROM (
            SELECT * FROM ledger_seal WHERE ledger_seal.seal > $1 ORDER BY ledger_seal.seal LIMIT ${SEALS_AT_ONCE}
          ) AS ledger_seal
        ) AS next WHERE before < ${BYTES_AT_ONCE} ORDER BY next.seal`,
    },
    [after],
  );
  return rows.map(({ seal, upto, head, signature, records }) => ({
    seal: Number(seal),
    upto,
    head,
    signature,
    sealed: decodeRecords(records),
    bytes: records,
  }));
}
