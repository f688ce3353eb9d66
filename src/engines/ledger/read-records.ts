/**
 * Reads the records of a range of transactions as they are in the tables now, with their digests. A seal is made from
 * them and checked against them. PostgreSQL calculates the hashes, so only digests are transferred.
 */
import { append } from '../../fhir/long-lists';
import type { Queryable } from '../../platform/postgres';
import type { NamedSubmission } from './head';
import { isProven, MONTH_PROVEN, TOMBSTONE_PROVEN } from './proven';
import type { Kind, LedgerRecord } from './records';
import { readWritten } from './read-written';
import type { FactTables } from './sealed-tables';
import { digestByShape, type Shape } from './sealed-columns';
import { quoted } from './sql';
import { digestOfStatement, submissionStatement } from './submission-statement';

/** From this transaction up to, but not including, the other: numbers of `xid8`, as text. */
export interface XidRange {
  from: string;
  upto: string;
}

export interface FoundRecord extends LedgerRecord {
  xid: bigint;
  /** False when the record lacks the proof that the server writes with it: the server did not write it. */
  genuine: boolean;
}

export interface Found {
  records: FoundRecord[];
  /** How many versions of each type belong to the submissions. */
  rows: Map<string, number>;
  submissions: NamedSubmission[];
}

interface SubmissionRow {
  id: string;
  xid: string;
  status: string;
  sender: string;
  /** Not a date when someone has written `infinity`. */
  received_at: Date | number;
  sha256: Buffer;
  stored: unknown;
  withdrawn: unknown;
  row: Buffer;
  genuine: boolean;
}

/** @param key checks that the server wrote the records; without it this is not checked */
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
  for (const plain of [AUDIT, REVIEW, TOMBSTONE, MONTH])
    append(records, await readPlain(tx, shape, range, plain, { key }));
  return { records, rows: submissions.rows, submissions: submissions.named };
}

/** A condition that the row is of the range that $1 and $2 give. */
export const within = (alias: string): string =>
  `${alias}.xid OPERATOR(pg_catalog.>=) $1::pg_catalog.xid8 AND ${alias}.xid OPERATOR(pg_catalog.<) $2::pg_catalog.xid8`;

const AMONG = 'OPERATOR(pg_catalog.=) ANY';

/** Every transaction. */
const ALL: XidRange = { from: '0', upto: '18446744073709551615' };

/** The records with these ids as they are now, without asking who wrote them. */
export async function readDigests(
  tx: Queryable,
  shape: Shape,
  tables: FactTables,
  asked: readonly Pick<LedgerRecord, 'kind' | 'id'>[],
): Promise<LedgerRecord[]> {
  const idsOf = (kind: Kind): string[] => asked.filter((each) => each.kind === kind).map(({ id }) => id);
  const digests: LedgerRecord[] = [];
  const submissions = idsOf('submission');
  if (submissions.length > 0)
    for (const { id, statement } of (await readSubmissions(tx, shape, tables, ALL, submissions)).found)
      digests.push({ kind: 'submission', id, digest: digestOfStatement(statement) });
  for (const plain of [AUDIT, REVIEW]) {
    const only = idsOf(plain.kind);
    if (only.length > 0) append(digests, await readPlain(tx, shape, ALL, plain, { only }));
  }
  return digests;
}

/**
 * The input of the proof of a review mark. `to_jsonb` reads the column by name, because an older database has marks
 * without it.
 */
const REVIEW_PROVEN = `coalesce(CASE to_jsonb(r) ->> 'closed' WHEN 'true' THEN 'closed ' WHEN 'false' THEN 'opened ' END, '')
  || r.id::text || ' ' || r.submission_id::text || ' ' || r.note`;

/** The proof covers the content, so a copy under another id has the wrong id in its content. */
export const AUDIT_IS_ITS_OWN = `r.content LIKE '{"resourceType":"AuditEvent","id":"' || r.id::text || '",%'`;

/** Records of one row each. `proven` is the input of their `mac`. */
interface PlainKind {
  kind: Exclude<Kind, 'submission'>;
  table: string;
  proven: string;
  /** A condition that the row is in the right place. */
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
const MONTH: PlainKind = { kind: 'month', table: 'audit_month', proven: MONTH_PROVEN };

/** Reads submissions with what they wrote, each as the statement whose digest is sealed. */
export async function readSubmissions(
  tx: Queryable,
  shape: Shape,
  tables: FactTables,
  range: XidRange,
  only?: readonly string[],
): Promise<{
  found: { id: string; statement: string; xid: bigint; genuine: boolean }[];
  rows: Map<string, number>;
  named: NamedSubmission[];
}> {
  const digest = digestByShape(shape, 'submission', 's', [
    'b.encoding',
    'pg_catalog.sha256(b.skeleton)',
    'b.documents',
  ]);
  const rows = await tx.query<SubmissionRow & Record<string, unknown>>(
    {
      text: `SELECT s.id, s.xid::pg_catalog.text AS xid, s.status, s.sender, s.received_at, s.sha256, s.stored, s.withdrawn,
          ${digest} AS row,
          EXISTS (SELECT 1 FROM audit_record AS a
            WHERE a.xid OPERATOR(pg_catalog.=) s.xid AND a.submission_id OPERATOR(pg_catalog.=) s.id) AS genuine
        FROM submission AS s LEFT JOIN submission_body AS b ON b.submission_id OPERATOR(pg_catalog.=) s.id
        WHERE ${within('s')}${only === undefined ? '' : ` AND s.id ${AMONG}($3::pg_catalog.uuid[])`}`,
    },
    [range.from, range.upto, ...(only === undefined ? [] : [only])],
  );
  const counts = new Map<string, number>();
  if (rows.length === 0) return { found: [], rows: counts, named: [] };
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
  const named = rows.map(({ id, sender, status, sha256 }) => ({
    id,
    sender,
    status,
    sha256: sha256.toString('hex'),
  }));
  return { found, rows: counts, named };
}

async function readPlain(
  tx: Queryable,
  shape: Shape,
  { from, upto }: XidRange,
  { kind, table, proven, isItsOwn = 'true' }: PlainKind,
  { key, only }: { key?: Buffer | undefined; only?: readonly string[] },
): Promise<FoundRecord[]> {
  const asked = key === undefined ? { condition: 'true', values: [] } : isProven(proven, key, 3);
  const among =
    only === undefined ? '' : ` AND r.id ${AMONG}($${3 + asked.values.length}::pg_catalog.uuid[])`;
  const rows = await tx.query<{ id: string; xid: string; digest: Buffer; genuine: boolean }>(
    {
      text: `SELECT r.id, r.xid::pg_catalog.text AS xid, ${digestByShape(shape, table, 'r')} AS digest, (${asked.condition} AND ${key === undefined ? 'true' : isItsOwn}) AS genuine
        FROM ${quoted(table)} AS r WHERE ${within('r')}${among}`,
    },
    [from, upto, ...asked.values, ...(only === undefined ? [] : [only])],
  );
  return rows.map(({ id, xid, digest, genuine: isGenuine }) => ({
    kind,
    id,
    digest,
    xid: BigInt(xid),
    genuine: isGenuine,
  }));
}
