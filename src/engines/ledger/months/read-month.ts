/**
 * Reads a month of the audit trail from the database with everything that proves it: the seals from the first to the
 * last that covers one of its records, and each record as the text that was sealed. Every record is compared with its
 * leaf. So a month that differs from what was sealed is neither exported nor dropped.
 */
import { createHash } from 'node:crypto';
import { boundsOfMonth } from '../../../platform/months';
import type { Queryable } from '../../../platform/postgres';
import { readSeals, type StoredSeal } from '../examine';
import { readHead } from '../head';
import { isProven } from '../proven';
import { AUDIT_IS_ITS_OWN } from '../read-records';
import { leafOf, recordsOf, type LedgerRecord } from '../records';
import { readRemoved, type KnownRuns } from '../removed';
import { columnsOf, readShape, shapeText, withFixedForms, type Shape } from '../sealed-columns';
import type { ExportedMonth } from './month-records';

/** What is read, in its order. */
export interface MonthSink {
  shape(text: string): Promise<void>;
  seal(seal: StoredSeal, removed: readonly string[]): Promise<void>;
  row(text: string): Promise<void>;
}

export interface ReadMonthOptions {
  month: string;
  /** Runs a part of the reading in a transaction. */
  transaction: <T>(work: (tx: Queryable) => Promise<T>) => Promise<T>;
  auditKey: Buffer;
  runs: KnownRuns;
  /** The seals whose submissions need no audit record in the database: those of months that were dropped. */
  isWithoutAudit: (seal: number) => boolean;
  sink: MonthSink;
}

export type ReadMonth = Pick<ExportedMonth, 'records' | 'leaves' | 'firstSeal' | 'lastSeal'> & {
  removed: number;
};

/** Why a month cannot be exported or dropped: a sentence for the operator. */
export class MonthFault extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'MonthFault';
  }
}

/** The rows that are read at one time. */
const ROWS_AT_ONCE = 200;

/** @throws MonthFault when the month differs from what was sealed, or is not sealed yet */
export async function readMonth(options: ReadMonthOptions): Promise<ReadMonth> {
  const { month, transaction } = options;
  const place = await transaction((tx) => placeOf(tx, month));
  const hash = createHash('sha256');
  const read = { records: 0, removed: 0 };
  const shapes = new Map<string, Shape>();
  let shape: string | undefined;
  for (let at = { seal: place.firstSeal - 1, upto: place.from }; at.seal < place.lastSeal;) {
    at = await transaction(async (tx) => {
      await withFixedForms(tx);
      const seals = (await readSeals(tx, at.seal)).filter(({ seal }) => seal <= place.lastSeal);
      const last = seals.at(-1);
      if (!last || seals[0]?.seal !== at.seal + 1) throw differs(month);
      const removed = await readRemoved(tx, seals, options.auditKey, options.runs);
      await checkSubmissions(tx, options, seals, at.upto);
      for (const seal of seals) {
        const found = await shapeOf(tx, seal, month, shapes);
        if (found.name !== shape) await options.sink.shape(shapeText(found.shape));
        shape = found.name;
        const { here, gone } = recordsOf(month, seal.sealed ?? [], removed.get(seal.seal));
        await options.sink.seal(seal, gone);
        for (const record of here) hash.update(leafOf(record));
        await passRows(tx, options, here, found.shape);
        read.records += here.length;
        read.removed += gone.length;
      }
      return { seal: last.seal, upto: last.upto };
    });
  }
  if (read.records !== place.records) throw differs(month);
  const { firstSeal, lastSeal } = place;
  return { ...read, leaves: hash.digest(), firstSeal, lastSeal };
}

const differs = (month: string, id?: string): MonthFault =>
  new MonthFault(
    `The audit records of ${month} differ from what was sealed${id === undefined ? '' : ` (${id})`}. Nothing was dropped. Run homeward ledger verify, and see docs/operating.md.`,
  );

interface Place {
  records: number;
  firstSeal: number;
  lastSeal: number;
  /** Where the seal before the first ends. */
  from: string;
}

async function placeOf(tx: Queryable, month: string): Promise<Place> {
  const { fromId, toId } = boundsOfMonth(month);
  const [row] = await tx.query<Record<'records' | 'first' | 'last' | 'from', string | null>>(
    {
      text: `WITH month AS (SELECT count(*) AS records, min(r.xid) AS first, max(r.xid) AS last FROM audit_record AS r
          WHERE r.id >= $1 AND r.id < $2)
        SELECT month.records::text AS records,
          (SELECT min(l.seal) FROM ledger_seal AS l WHERE l.upto > month.first)::text AS first,
          (SELECT min(l.seal) FROM ledger_seal AS l WHERE l.upto > month.last)::text AS last,
          (SELECT max(l.upto) FROM ledger_seal AS l WHERE l.upto <= month.first)::text AS "from"
        FROM month`,
    },
    [fromId, toId],
  );
  const { records, first, last, from } = row ?? {};
  if (records === '0') throw new MonthFault(`There are no audit records of ${month} in the database.`);
  if (!first || !last)
    throw new MonthFault(
      `Some audit records of ${month} are not sealed yet. Start a server, wait a minute, and try again.`,
    );
  return { records: Number(records), firstSeal: Number(first), lastSeal: Number(last), from: from ?? '0' };
}

/** Every submission under these seals must have an audit record: without it, the server did not write the submission. */
async function checkSubmissions(
  tx: Queryable,
  { month, isWithoutAudit }: ReadMonthOptions,
  seals: readonly StoredSeal[],
  from: string,
): Promise<void> {
  let lower = from;
  const ranges = seals.flatMap(({ seal, upto }) => {
    const range = { from: lower, upto };
    lower = upto;
    return isWithoutAudit(seal) ? [] : [range];
  });
  const [forged] = await tx.query<{ id: string }>(
    {
      text: `SELECT s.id FROM unnest($1::xid8[], $2::xid8[]) AS range (low, high)
          JOIN submission AS s ON s.xid >= range.low AND s.xid < range.high
        WHERE NOT EXISTS (SELECT 1 FROM audit_record AS a WHERE a.xid = s.xid AND a.submission_id = s.id) LIMIT 1`,
    },
    [ranges.map((range) => range.from), ranges.map((range) => range.upto)],
  );
  if (forged) throw differs(month, `submission ${forged.id}`);
}

/** The columns that the digests of a seal cover, and their name. */
async function shapeOf(
  tx: Queryable,
  { head, sealed }: StoredSeal,
  month: string,
  known: Map<string, Shape>,
): Promise<{ name: string; shape: Shape }> {
  const name = readHead(head)?.shape ?? '';
  const shape = known.get(name) ?? (await readShape(tx, name));
  if (!sealed || !shape) throw differs(month);
  known.set(name, shape);
  return { name, shape };
}

/** Reads the rows of these records in their order, and compares each with its leaf. */
async function passRows(
  tx: Queryable,
  { month, auditKey, sink }: ReadMonthOptions,
  records: readonly LedgerRecord[],
  shape: Shape,
): Promise<void> {
  const { condition, values } = isProven('r.content', auditKey, 2);
  const row = `ROW(${columnsOf(shape, 'audit_record', 'r').join(', ')})::text`;
  for (let start = 0; start < records.length; start += ROWS_AT_ONCE) {
    const some = records.slice(start, start + ROWS_AT_ONCE);
    const found = await tx.query<{ id: string; row: string; genuine: boolean }>(
      {
        text: `SELECT r.id, ${row} AS row, (${condition} AND ${AUDIT_IS_ITS_OWN}) AS genuine
          FROM audit_record AS r WHERE r.id = ANY($1::uuid[])`,
      },
      [some.map(({ id }) => id), ...values],
    );
    const rows = new Map(found.map((each) => [each.id, each]));
    for (const { id, digest } of some) {
      const read = rows.get(id);
      if (!read?.genuine || !createHash('sha256').update(read.row).digest().equals(digest))
        throw differs(month, `audit record ${id}`);
      await sink.row(read.row);
    }
  }
}
