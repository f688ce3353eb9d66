/**
 * The records of the ledger about exported months of the audit trail (table `audit_month`). A month that is missing from
 * the database is explained by two of them: one of its export, which was sealed before the other, of its drop, was made.
 * @see docs/decisions/0093-audit-months-outside.md
 */
import { createHmac } from 'node:crypto';
import { RowsNotWritten, type Queryable } from '../../../platform/postgres';
import { isProven, MONTH_PROVEN } from '../proven';

/** What the export of a month wrote. */
export interface ExportedMonth {
  /** `2026-03` */
  month: string;
  /** Its name in the store. */
  file: string;
  /** Of the file, as it is in the store. */
  sha256: Buffer;
  bytes: number;
  /** How many audit records it has. */
  records: number;
  /** SHA-256 of the sealed leaves of these records, one after another. */
  leaves: Buffer;
  /** The first and the last of the seals that cover them. */
  firstSeal: number;
  lastSeal: number;
}

export interface MonthRecord extends ExportedMonth {
  id: string;
  act: 'exported' | 'dropped';
  /** Of a drop: the id of the record of the export. */
  exported: string | null;
  madeAt: Date;
}

/** A record as it is read. */
export interface StoredMonthRecord extends MonthRecord {
  xid: bigint;
  /** The first seal that covers it covers everything before this transaction; undefined while it is not sealed. */
  sealedUpto: bigint | undefined;
  /** Whether the command has written it. */
  genuine: boolean;
}

/** @returns the transaction that wrote it */
export async function writeMonthRecord(
  tx: Queryable,
  record: MonthRecord,
  auditKey: Buffer,
): Promise<bigint> {
  const { id, month, act, file, sha256, bytes, records, leaves, firstSeal, lastSeal, exported, madeAt } =
    record;
  const [row] = await tx.query<{ xid: string }>(
    {
      text: `INSERT INTO audit_month
          (id, month, act, file, sha256, bytes, records, leaves, first_seal, last_seal, exported, made_at, mac)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING xid::text AS xid`,
    },
    [
      ...[id, month, act, file, sha256, bytes, records, leaves, firstSeal, lastSeal, exported, madeAt],
      macOf(record, auditKey),
    ],
  );
  if (!row) throw new RowsNotWritten('audit_month');
  return BigInt(row.xid);
}

/** Makes the same mac as `MONTH_PROVEN` in SQL. */
function macOf(record: MonthRecord, auditKey: Buffer): Buffer {
  const { id, month, act, file, sha256, bytes, records, leaves, firstSeal, lastSeal, exported, madeAt } =
    record;
  const seals = [firstSeal, lastSeal, exported ?? '-', madeAt.getTime()];
  const text = [
    id,
    month,
    act,
    file,
    sha256.toString('hex'),
    bytes,
    records,
    leaves.toString('hex'),
    ...seals,
  ];
  return createHmac('sha256', auditKey).update(text.join(' ')).digest();
}

type Row = Record<keyof Omit<MonthRecord, 'madeAt' | 'sha256' | 'leaves'>, string> & {
  sha256: Buffer;
  leaves: Buffer;
  madeAt: Date | number;
  xid: string;
  sealedUpto: string | null;
  genuine: boolean;
};

/** All records, in the order in which they were made. */
export async function readMonthRecords(db: Queryable, auditKey: Buffer): Promise<StoredMonthRecord[]> {
  const { condition, values } = isProven(MONTH_PROVEN, auditKey, 1);
  const rows = await db.query<Row>(
    {
      text: `SELECT r.id, r.month, r.act, r.file, r.sha256, r.bytes::text AS bytes, r.records::text AS records, r.leaves,
          r.first_seal::text AS "firstSeal", r.last_seal::text AS "lastSeal", r.exported, r.made_at AS "madeAt",
          r.xid::text AS xid, ${condition} AS genuine,
          (SELECT l.upto FROM ledger_seal AS l WHERE l.upto > r.xid ORDER BY l.upto LIMIT 1)::text AS "sealedUpto"
        FROM audit_month AS r ORDER BY r.xid, r.id`,
    },
    values,
  );
  return rows.map((row) => ({
    ...row,
    act: row.act as MonthRecord['act'],
    bytes: Number(row.bytes),
    records: Number(row.records),
    firstSeal: Number(row.firstSeal),
    lastSeal: Number(row.lastSeal),
    madeAt: new Date(Number(row.madeAt)),
    xid: BigInt(row.xid),
    sealedUpto: row.sealedUpto === null ? undefined : BigInt(row.sealedUpto),
  }));
}

/** The sealed record of the last export of a month, if there is one. */
export function exportOf(
  month: string,
  records: readonly StoredMonthRecord[],
): StoredMonthRecord | undefined {
  return records.findLast(
    (each) =>
      each.month === month && each.act === 'exported' && each.genuine && each.sealedUpto !== undefined,
  );
}

/** Whether the record of a drop counts: its export is recorded and was sealed before. */
export function isDrop(record: StoredMonthRecord, records: readonly StoredMonthRecord[]): boolean {
  if (record.act !== 'dropped' || !record.genuine) return false;
  const before = records.find(({ id, act }) => id === record.exported && act === 'exported');
  return (
    before?.genuine === true &&
    before.sealedUpto !== undefined &&
    before.sealedUpto <= record.xid &&
    before.month === record.month &&
    before.sha256.equals(record.sha256) &&
    before.leaves.equals(record.leaves) &&
    [before.records, before.firstSeal, before.lastSeal].join() ===
      [record.records, record.firstSeal, record.lastSeal].join()
  );
}

/** The months that are outside of the database, each with the record of its last drop. */
export function droppedMonths(records: readonly StoredMonthRecord[]): Map<string, StoredMonthRecord> {
  return new Map(
    records.filter((each) => isDrop(each, records)).map((record) => [record.month, record] as const),
  );
}

/** The same, as they are now. */
export async function readDroppedMonths(
  db: Queryable,
  auditKey: Buffer,
): Promise<Map<string, StoredMonthRecord>> {
  return droppedMonths(await readMonthRecords(db, auditKey));
}

/** Whether a seal lies among those of one of the months. */
export function isUnder(
  seal: number,
  months: Iterable<Pick<ExportedMonth, 'firstSeal' | 'lastSeal'>>,
): boolean {
  for (const { firstSeal, lastSeal } of months) if (seal >= firstSeal && seal <= lastSeal) return true;
  return false;
}
