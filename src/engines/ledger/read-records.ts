/**
 * The records of a range of transactions as the tables have them now, with their digests: what a seal is made of, and
 * what it is checked against. Rows are hashed where they lie; only digests travel.
 */
import type { Queryable } from '../../platform/postgres';
import { isProven, TOMBSTONE_PROVEN } from './proven';
import type { LedgerRecord } from './records';
import { readWritten } from './read-written';
import type { FactTables } from './sealed-tables';
import { digestByShape, type Shape } from './sealed-columns';
import { quoted } from './sql';
import { digestOfStatement, submissionStatement } from './submission-statement';

/** From this transaction up to, not including, the other: numbers of `xid8`, as text. */
export interface XidRange {
  from: string;
  upto: string;
}

export interface FoundRecord extends LedgerRecord {
  xid: bigint;
  /** False where the record lacks what the server writes together with it: somebody else put it there. */
  genuine: boolean;
}

export interface Found {
  records: FoundRecord[];
  /** How many versions of each type belong to the submissions. */
  rows: Map<string, number>;
}

interface SubmissionRow {
  id: string;
  xid: string;
  status: string;
  sender: string;
  /** No date where somebody has written `infinity`. */
  received_at: Date | number;
  sha256: Buffer;
  stored: unknown;
  withdrawn: unknown;
  row: Buffer;
  genuine: boolean;
}

/** @param key proves that records are the server's own; without it that is not asked */
export async function readRecords(
  tx: Queryable,
  shape: Shape,
  tables: FactTables,
  range: XidRange,
  key?: Buffer,
): Promise<Found> {
  const submissions = await readSubmissions(tx, shape, tables, range);
  const records: FoundRecord[] = submissions.found.map(({ statement, xid, genuine, id }) => ({
    kind: 'submission',
    id,
    digest: digestOfStatement(statement),
    xid,
    genuine,
  }));
  records.push(
    ...(await readPlain(tx, shape, range, AUDIT, key)),
    ...(await readPlain(tx, shape, range, REVIEW, key)),
    ...(await readPlain(tx, shape, range, TOMBSTONE, key)),
  );
  return { records, rows: submissions.rows };
}

/** What the proof of a review mark is of. The column is asked for by name: a database of before it has marks without it. */
const REVIEW_PROVEN = `coalesce(CASE to_jsonb(r) ->> 'closed' WHEN 'true' THEN 'closed ' WHEN 'false' THEN 'opened ' END, '')
  || r.id || ' ' || r.submission_id || ' ' || r.note`;

/** The proof is of the content: a copy under another id has another's. */
const AUDIT_IS_ITS_OWN = `r.content LIKE '{"resourceType":"AuditEvent","id":"' || r.id || '",%'`;

/** Records that are one row each. `proven` is what their `mac` is of. */
interface PlainKind {
  kind: 'audit' | 'review' | 'tombstone';
  table: string;
  proven: string;
  /** A condition that the row belongs where it is found. */
  isItsOwn?: string;
}

const AUDIT: PlainKind = {
  kind: 'audit',
  table: 'audit_record',
  proven: 'r.content',
  isItsOwn: AUDIT_IS_ITS_OWN,
};
const REVIEW: PlainKind = { kind: 'review', table: 'review_mark', proven: REVIEW_PROVEN };
const TOMBSTONE: PlainKind = { kind: 'tombstone', table: 'ledger_tombstone', proven: TOMBSTONE_PROVEN };

/** Submissions with what they wrote, each as the statement that its digest is of. */
export async function readSubmissions(
  tx: Queryable,
  shape: Shape,
  tables: FactTables,
  range: XidRange,
  only?: string,
): Promise<{
  found: { id: string; statement: string; xid: bigint; genuine: boolean }[];
  rows: Map<string, number>;
}> {
  const digest = digestByShape(shape, 'submission', 's', ['b.encoding', 'sha256(b.skeleton)', 'b.documents']);
  const rows = await tx.query<SubmissionRow & Record<string, unknown>>(
    {
      text: `SELECT s.id, s.xid::text AS xid, s.status, s.sender, s.received_at, s.sha256, s.stored, s.withdrawn,
          ${digest} AS row,
          EXISTS (SELECT 1 FROM audit_record AS a WHERE a.xid = s.xid AND a.submission_id = s.id) AS genuine
        FROM submission AS s LEFT JOIN submission_body AS b ON b.submission_id = s.id
        WHERE s.xid >= $1::xid8 AND s.xid < $2::xid8${only === undefined ? '' : ' AND s.id = $3::uuid'}`,
    },
    [range.from, range.upto, ...(only === undefined ? [] : [only])],
  );
  const counts = new Map<string, number>();
  if (rows.length === 0) return { found: [], rows: counts };
  const wrote = await readWritten(tx, shape, tables, rows);
  for (const each of wrote.values())
    for (const { type } of each) counts.set(type, (counts.get(type) ?? 0) + 1);
  const found = rows.map((row) => ({
    id: row.id,
    xid: BigInt(row.xid),
    genuine: row.genuine,
    statement: submissionStatement({
      id: row.id,
      status: row.status,
      sender: row.sender,
      receivedAt: row.received_at,
      sha256: row.sha256,
      row: row.row,
      wrote: wrote.get(row.id) ?? [],
    }),
  }));
  return { found, rows: counts };
}

async function readPlain(
  tx: Queryable,
  shape: Shape,
  { from, upto }: XidRange,
  { kind, table, proven, isItsOwn = 'true' }: PlainKind,
  key: Buffer | undefined,
): Promise<FoundRecord[]> {
  const asked = key === undefined ? { condition: 'true', values: [] } : isProven(proven, key, 3);
  const rows = await tx.query<{ id: string; xid: string; digest: Buffer; genuine: boolean }>(
    {
      text: `SELECT r.id, r.xid::text AS xid, ${digestByShape(shape, table, 'r')} AS digest, (${asked.condition} AND ${key === undefined ? 'true' : isItsOwn}) AS genuine
        FROM ${quoted(table)} AS r WHERE r.xid >= $1::xid8 AND r.xid < $2::xid8`,
    },
    [from, upto, ...asked.values],
  );
  return rows.map(({ id, xid, digest, genuine: isGenuine }) => ({
    kind,
    id,
    digest,
    xid: BigInt(xid),
    genuine: isGenuine,
  }));
}
