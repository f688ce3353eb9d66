/**
 * The records of a range of transactions as the tables have them now, with their digests: what a seal is made of, and
 * what it is checked against. Rows are hashed where they lie; only digests travel.
 */
import type { Queryable } from '../../platform/postgres';
import { isProven, TOMBSTONE_PROVEN } from './proven';
import type { LedgerRecord } from './records';
import { quoted, rowDigest, type Shape } from './shape';
import { digestOfStatement, submissionStatement, type SealedSubmission } from './submission-statement';

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
  /** How many rows of each resource table belong to the submissions. */
  rows: Map<string, number>;
}

interface Listed {
  type: string;
  id: string;
  version: number;
}

interface SubmissionRow {
  id: string;
  xid: string;
  status: string;
  sender: string;
  /** No date where somebody has written `infinity`. */
  received_at: Date | number;
  sha256: Buffer;
  stored: Listed[];
  withdrawn: Listed[];
  row: Buffer;
  genuine: boolean;
}

/** @param key proves that records are the server's own; without it that is not asked */
export async function readRecords(
  tx: Queryable,
  shape: Shape,
  range: XidRange,
  key?: Buffer,
): Promise<Found> {
  const submissions = await readSubmissions(tx, shape, range);
  const records: FoundRecord[] = submissions.found.map(({ statement, xid, genuine, id }) => ({
    kind: 'submission',
    id,
    digest: digestOfStatement(statement),
    xid,
    genuine,
  }));
  records.push(
    ...(await readPlain(tx, shape, range, 'audit', 'audit_record', 'r.content', key, AUDIT_IS_ITS_OWN)),
    ...(await readPlain(tx, shape, range, 'review', 'review_mark', REVIEW_PROVEN, key)),
    ...(await readPlain(tx, shape, range, 'tombstone', 'ledger_tombstone', TOMBSTONE_PROVEN, key)),
  );
  return { records, rows: submissions.rows };
}

/** What the proof of a review mark is of. The column is asked for by name: a database of before it has marks without it. */
const REVIEW_PROVEN = `coalesce(CASE to_jsonb(r) ->> 'closed' WHEN 'true' THEN 'closed ' WHEN 'false' THEN 'opened ' END, '')
  || r.id || ' ' || r.submission_id || ' ' || r.note`;

/** The proof is of the content: a copy under another id has another's. */
const AUDIT_IS_ITS_OWN = `r.content LIKE '{"resourceType":"AuditEvent","id":"' || r.id || '",%'`;

/** Submissions with what they wrote, each as the statement that its digest is of. */
export async function readSubmissions(
  tx: Queryable,
  shape: Shape,
  range: XidRange,
  only?: string,
): Promise<{
  found: { id: string; statement: string; xid: bigint; genuine: boolean }[];
  rows: Map<string, number>;
}> {
  const digest = rowDigest('s', shape.tables.submission ?? [], [
    'b.encoding',
    'sha256(b.skeleton)',
    'b.documents',
  ]);
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
  const wrote = await readWritten(tx, shape, rows);
  for (const each of wrote.values())
    for (const { table } of each) counts.set(table, (counts.get(table) ?? 0) + 1);
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

type Wrote = SealedSubmission['wrote'][number];

/** The rows that submissions wrote, wherever they lie now: as the current version, or in the history. */
async function readWritten(
  tx: Queryable,
  shape: Shape,
  submissions: readonly SubmissionRow[],
): Promise<Map<string, Wrote[]>> {
  const lists = new Map<string, { ids: string[]; versions: number[]; submissions: string[] }>();
  for (const { id: submission, stored, withdrawn } of submissions) {
    for (const { type, id, version } of [...listOr(stored), ...listOr(withdrawn)]) {
      const table = shape.types[type];
      if (table === undefined || shape.unlisted.includes(table)) continue;
      const list = lists.get(table) ?? { ids: [], versions: [], submissions: [] };
      list.ids.push(id);
      list.versions.push(version);
      list.submissions.push(submission);
      lists.set(table, list);
    }
  }
  const wrote = new Map<string, Wrote[]>();
  const keep = (
    table: string,
    rows: readonly { submission_id: string; id: string; version_id: number; digest: Buffer }[],
  ): void => {
    for (const { submission_id, id, version_id, digest } of rows) {
      const list = wrote.get(submission_id) ?? [];
      list.push({ table, id, version: version_id, digest });
      wrote.set(submission_id, list);
    }
  };
  for (const [table, { ids, versions, submissions: owners }] of lists)
    keep(
      table,
      await tx.query(
        {
          text: versionsOf(
            table,
            shape,
            `JOIN (SELECT DISTINCT * FROM unnest($1::uuid[], $2::integer[], $3::uuid[]) AS list (id, version, submission)) AS e
              ON e.id = r.id AND e.version = r.version_id AND e.submission = r.submission_id`,
          ),
        },
        [ids, versions, owners],
      ),
    );
  const all = [submissions.map(({ id }) => id)];
  for (const table of shape.unlisted)
    keep(
      table,
      await tx.query(
        { text: versionsOf(table, shape, 'JOIN unnest($1::uuid[]) AS e ON e = r.submission_id') },
        all,
      ),
    );
  keep(
    'binary',
    await tx.query(
      {
        text: `SELECT r.submission_id, r.id, 1 AS version_id, ${rowDigest('r', shape.tables.binary ?? [])} AS digest
          FROM "binary" AS r WHERE r.submission_id = ANY($1::uuid[])`,
      },
      all,
    ),
  );
  return wrote;
}

/** A version's digest covers when and by what the version before it was superseded, too. */
export function versionsOf(table: string, shape: Shape, join: string): string {
  const before = ['p.superseded_xid', 'p.superseded_at', 'p.deleted'];
  const select = (from: string, deleted: string): string =>
    `SELECT r.submission_id, r.id, r.version_id,
      ${rowDigest('r', shape.tables[table] ?? [], [deleted, ...before])} AS digest
    FROM ${quoted(from)} AS r ${join}
    LEFT JOIN ${quoted(`${table}_history`)} AS p ON p.id = r.id AND p.version_id = r.version_id - 1`;
  // No later version says when a withdrawal was, as it does of every other version.
  const deleted = shape.withdrawalsTimed
    ? "CASE WHEN r.deleted THEN r.superseded_xid || ' ' || r.superseded_at ELSE 'f' END"
    : 'r.deleted';
  return `${select(table, 'false')} UNION ALL ${select(`${table}_history`, deleted)}`;
}

/** Rows that stand for themselves; `proven` is what their `mac` is of. */
async function readPlain(
  tx: Queryable,
  shape: Shape,
  { from, upto }: XidRange,
  kind: 'audit' | 'review' | 'tombstone',
  table: string,
  proven: string,
  key: Buffer | undefined,
  isItsOwn = 'true',
): Promise<FoundRecord[]> {
  const asked = key === undefined ? { condition: 'true', values: [] } : isProven(proven, key, 3);
  const rows = await tx.query<{ id: string; xid: string; digest: Buffer; genuine: boolean }>(
    {
      text: `SELECT r.id, r.xid::text AS xid, ${rowDigest('r', shape.tables[table] ?? [])} AS digest, (${asked.condition} AND ${key === undefined ? 'true' : isItsOwn}) AS genuine
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

/** What the column of a version holds at most. */
const MOST_VERSIONS = 2_147_483_647;

/** A list that somebody has made something else of is an empty one: the digest tells. */
function listOr(list: unknown): Listed[] {
  if (!Array.isArray(list)) return [];
  return list.filter(
    (each: Partial<Listed> | null): each is Listed =>
      typeof each?.type === 'string' &&
      typeof each.id === 'string' &&
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(each.id) &&
      Number.isInteger(each.version) &&
      Math.abs(each.version!) <= MOST_VERSIONS,
  );
}
