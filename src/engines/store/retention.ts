/**
 * The SQL with which retention finds and removes data. Each step runs in the caller's transaction, together with the
 * tombstones that record it in the ledger.
 * @see docs/ledger.md
 */
import type { Patients } from '../../definitions/patients';
import type { Queryable } from '../../platform/postgres';
import { holdDocuments, listDocuments, removeDocuments } from './document-bytes';

/** The tables that retention needs, passed in by `app.ts`. */
export interface RetainedTables {
  patients: Pick<Patients, 'type' | 'table'>;
  /** The table of each resource type that a submission lists. */
  types: Readonly<Record<string, string>>;
  /** Tables of resources that the server makes for a submission, one row each. */
  unlisted: readonly string[];
  /** Tables that several types share, with the column that says which type a row is of. */
  shared: Readonly<Record<string, string>>;
}

export interface Cutoff {
  /** Data older than this may be removed. */
  before: Date;
  /** A patient born after this was a child too recently. */
  bornBefore: Date;
}

/** A record, and the seal that covers it; null when it is not sealed yet. */
export interface SealedRecord {
  id: string;
  seal: string | null;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const sealOf = (xid: string): string =>
  `(SELECT l.seal::text FROM ledger_seal AS l WHERE l.upto > ${xid} ORDER BY l.upto LIMIT 1)`;

/** Patients without activity since then; the next ones after `after`. */
export async function expiredPatients(
  db: Queryable,
  { patients }: RetainedTables,
  { before, bornBefore }: Cutoff,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    {
      text: `SELECT p.id FROM ${quoted(patients.table.name)} AS p
        WHERE p.id > $1 AND p.last_updated < $2
          AND (p.${quoted(patients.table.birthDate)} IS NULL OR p.${quoted(patients.table.birthDate)} < $3)
          AND NOT EXISTS (SELECT 1 FROM submission AS s WHERE s.patient_id = p.id AND (s.received_at >= $2
            OR EXISTS (SELECT 1 FROM review_mark AS m WHERE m.submission_id = s.id AND m.reviewed_at >= $2)))
        ORDER BY p.id LIMIT $4`,
    },
    [after, before, bornBefore, limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * Of these patients, those with data from a submission that also concerns other patients, because it cannot be split.
 */
export async function sharedPatients(
  db: Queryable,
  { types }: RetainedTables,
  ids: readonly string[],
): Promise<Set<string>> {
  const tables = [...new Set(Object.values(types))];
  const rows = await db.query<{ id: string }>(
    {
      text: tables
        .map(
          (
            table,
          ) => `SELECT DISTINCT r.patient_id AS id FROM ${quoted(table)} AS r WHERE r.patient_id = ANY($1::uuid[])
            AND NOT EXISTS (SELECT 1 FROM submission AS s WHERE s.id = r.submission_id AND s.patient_id = r.patient_id)`,
        )
        .join(' UNION '),
    },
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/** The sealed submissions of these patients. */
export function submissionsOfPatients(db: Queryable, patients: readonly string[]): Promise<SealedRecord[]> {
  return db.query<SealedRecord & Record<string, unknown>>(
    {
      text: `SELECT s.id, ${sealOf('s.xid')} AS seal FROM submission AS s WHERE s.patient_id = ANY($1::uuid[])`,
    },
    [patients],
  );
}

/** Sealed submissions that concern no patient who is kept: refused ones, and those that stored no patient's data. */
export function expiredSubmissions(
  db: Queryable,
  { types }: RetainedTables,
  before: Date,
  limit: number,
): Promise<SealedRecord[]> {
  const ofSomebody = [...new Set(Object.values(types))].map(
    (table) =>
      `EXISTS (SELECT 1 FROM ${quoted(table)} AS r WHERE r.id = (listed.value ->> 'id')::uuid AND r.submission_id = s.id AND r.patient_id IS NOT NULL)`,
  );
  return db.query<SealedRecord & Record<string, unknown>>(
    {
      text: `SELECT s.id, ${sealOf('s.xid')} AS seal FROM submission AS s
        WHERE s.received_at < $1 AND s.patient_id IS NULL
          AND NOT EXISTS (SELECT 1 FROM review_mark AS m WHERE m.submission_id = s.id AND m.reviewed_at >= $1) AND ${sealOf('s.xid')} IS NOT NULL
          AND (s.status = 'refused' OR NOT EXISTS (
            SELECT 1 FROM jsonb_array_elements(s.stored) AS listed WHERE ${ofSomebody.join(' OR ')}))
        ORDER BY s.received_at, s.id LIMIT $2`,
    },
    [before, limit],
  );
}

export interface Removed {
  /** Rows of resource tables and histories. */
  rows: number;
  /** By submission: the versions that it stored and that are kept because others use them: table, id, version. */
  kept: Map<string, [table: string, id: string, version: number][]>;
  /** Review marks of the submissions, which are removed with them. */
  marks: SealedRecord[];
}

/** Removes the submissions, what they stored of these patients, and what the server made for them. */
export async function removeSubmissions(
  tx: Queryable,
  tables: RetainedTables,
  submissions: readonly string[],
  patients: readonly string[],
): Promise<Removed> {
  const removed: Removed = { rows: 0, kept: new Map(), marks: [] };
  for (const [table, ids] of await listedIds(tx, tables, submissions)) {
    for (const from of [table, `${table}_history`]) {
      const gone = await tx.query(
        {
          text: `DELETE FROM ${quoted(from)} WHERE id = ANY($1::uuid[]) AND patient_id = ANY($2::uuid[]) RETURNING 1 AS one`,
        },
        [ids, patients],
      );
      removed.rows += gone.length;
      const stays = await tx.query<{ submission_id: string; id: string; version_id: number }>(
        {
          text: `SELECT submission_id, id, version_id FROM ${quoted(from)} WHERE id = ANY($1::uuid[]) AND submission_id = ANY($2::uuid[])`,
        },
        [ids, submissions],
      );
      for (const { submission_id, id, version_id } of stays)
        removed.kept.set(submission_id, [
          ...(removed.kept.get(submission_id) ?? []),
          [table, id, version_id],
        ]);
    }
  }
  for (const table of [...tables.unlisted.flatMap((each) => [each, `${each}_history`]), 'binary']) {
    const gone = await tx.query(
      { text: `DELETE FROM ${quoted(table)} WHERE submission_id = ANY($1::uuid[]) RETURNING 1 AS one` },
      [submissions],
    );
    removed.rows += gone.length;
  }
  removed.marks = await tx.query<SealedRecord & Record<string, unknown>>(
    {
      text: `DELETE FROM review_mark WHERE submission_id = ANY($1::uuid[]) RETURNING id, ${sealOf('review_mark.xid')} AS seal`,
    },
    [submissions],
  );
  await tx.query({ text: 'DELETE FROM delivery WHERE submission_id = ANY($1::uuid[])' }, [submissions]);
  await tx.query(
    {
      text: `WITH body AS (DELETE FROM submission_body WHERE submission_id = ANY($1::uuid[]))
        DELETE FROM submission WHERE id = ANY($1::uuid[])`,
    },
    [submissions],
  );
  return removed;
}

/** The ids that the submissions list, by table. */
async function listedIds(
  tx: Queryable,
  { types, unlisted }: RetainedTables,
  submissions: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await tx.query<{ type: string; ids: string[] }>(
    {
      text: `SELECT entry ->> 'type' AS type, array_agg(DISTINCT entry ->> 'id') AS ids
        FROM submission AS s, jsonb_array_elements(s.stored || s.withdrawn) AS entry
        WHERE s.id = ANY($1::uuid[]) GROUP BY 1`,
    },
    [submissions],
  );
  const byTable = new Map<string, string[]>();
  for (const { type, ids } of rows) {
    const table = types[type];
    if (table !== undefined && !unlisted.includes(table))
      byTable.set(table, [...(byTable.get(table) ?? []), ...ids]);
  }
  return byTable;
}

/** Sealed audit records that concern no resource and no patient that is kept. */
export function expiredAuditRecords(
  db: Queryable,
  { patients }: RetainedTables,
  before: Date,
  after: string,
  limit: number,
): Promise<(SealedRecord & { expired: boolean })[]> {
  return db.query<SealedRecord & { expired: boolean } & Record<string, unknown>>(
    {
      text: `SELECT a.id, ${sealOf('a.xid')} AS seal,
          NOT EXISTS (SELECT 1 FROM submission AS s WHERE s.id = a.submission_id)
          AND NOT EXISTS (SELECT 1 FROM ${quoted(patients.table.name)} AS p, unnest(a.patient) AS reference
            WHERE reference = $4 || '/' || p.id::text AND p.id = split_part(reference, '/', 2)::uuid) AS expired
        FROM audit_record AS a WHERE a.id > $1 AND a.last_updated < $2 ORDER BY a.id LIMIT $3`,
    },
    [after, before, limit, patients.type],
  );
}

export async function removeAuditRecords(tx: Queryable, ids: readonly string[]): Promise<void> {
  await tx.query({ text: 'DELETE FROM audit_record WHERE id = ANY($1::uuid[])' }, [ids]);
}

/**
 * Removes documents that nothing refers to any more. A lock prevents submissions from referring to one during the
 * check.
 */
export async function removeUnusedDocuments(
  tx: Queryable,
  after: Buffer,
  limit: number,
): Promise<{ documents: number; bytes: number; last: Buffer | undefined }> {
  await holdDocuments(tx);
  const documents = await listDocuments(tx, after, limit);
  const used = await tx.query<{ sha256: string }>(
    {
      text: `SELECT encode(d.sha256, 'hex') AS sha256 FROM unnest($1::bytea[]) AS d (sha256)
        WHERE EXISTS (SELECT 1 FROM "binary" AS b WHERE b.sha256 = d.sha256)
          OR EXISTS (SELECT 1 FROM submission_body AS s WHERE s.documents <> '[]'
            AND s.documents @> jsonb_build_array(jsonb_build_object('sha256', encode(d.sha256, 'hex'))))`,
    },
    [documents.map(({ sha256 }) => sha256)],
  );
  const spokenOf = new Set(used.map(({ sha256 }) => sha256));
  const unused = documents.filter(({ sha256 }) => !spokenOf.has(sha256.toString('hex')));
  await removeDocuments(
    tx,
    unused.map(({ sha256 }) => sha256),
  );
  return {
    documents: unused.length,
    bytes: unused.reduce((sum, { size }) => sum + size, 0),
    last: documents.at(-1)?.sha256,
  };
}

/** Drops the partitions of months in the audit trail that contain no records. */
export async function dropEmptyMonths(db: Queryable, currentMonth: string): Promise<string[]> {
  const months = await db.query<{ name: string }>(
    {
      text: `SELECT child.relname AS name FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = 'audit_record'::regclass AND child.relname ~ '^audit_record_[0-9]' AND child.relname < $1`,
    },
    [currentMonth],
  );
  const dropped: string[] = [];
  for (const { name } of months) {
    const [some] = await db.query({ text: `SELECT 1 AS one FROM ${quoted(name)} LIMIT 1` });
    if (some) continue;
    await db.query({ text: `DROP TABLE ${quoted(name)}` });
    dropped.push(name);
  }
  return dropped;
}
