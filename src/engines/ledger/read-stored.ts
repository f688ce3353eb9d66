/**
 * What the database has now of records that a node wrote: the digest of each record's facts, made as the witness made it
 * before they reached the database, and how their transactions ended.
 *
 * The statements name the schema of each function, operator and type, so that nobody who can define others has them used.
 */
import { isLowerCaseUuid } from '../../fhir/uuid';
import type { Queryable } from '../../platform/postgres';
import {
  auditDigest,
  auditFactsOf,
  canonical,
  digestOf,
  exactColumns,
  exactRow,
  exactTime,
  factsOf,
  sha256,
  type Row,
} from './facts';
import { resourceTables, type FactTables } from './sealed-tables';
import { quoted } from './sql';

/** The kinds of records that a node writes, and remembers until they are sealed. */
export type WrittenKind = 'submission' | 'audit' | 'review';

export interface WrittenRecord {
  kind: WrittenKind;
  id: string;
  xid: string;
  digest: string;
}

export const keyOf = ({ kind, id }: { kind: string; id: string }): string => `${kind} ${id}`;

/** How the transactions ended, as far as this transaction sees. PostgreSQL has no status for very old ones: those were committed. */
export async function endedAmong(
  tx: Queryable,
  due: readonly WrittenRecord[],
): Promise<Map<string, string | null>> {
  const rows = await tx.query<{ xid: string; status: string | null }>(
    {
      name: 'witness_status',
      text: `SELECT x AS xid, CASE
          WHEN pg_catalog.pg_visible_in_snapshot(x::pg_catalog.xid8, pg_catalog.pg_current_snapshot())
          THEN pg_catalog.pg_xact_status(x::pg_catalog.xid8) ELSE 'in progress' END AS status
        FROM pg_catalog.unnest($1::pg_catalog.text[]) AS x`,
    },
    [[...new Set(due.map(({ xid }) => xid))]],
  );
  return new Map(rows.map(({ xid, status }) => [xid, status]));
}

const idsOf = (due: readonly WrittenRecord[], kind: WrittenKind): string[] =>
  due.filter((each) => each.kind === kind).map(({ id }) => id);

/** A condition on an id. */
const AMONG_IDS = 'OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.uuid[])';

const TABLES = { audit: 'audit_record', review: 'review_mark' } as const;

/**
 * Reads audit records. There are many, so PostgreSQL makes their digests, and a record is read itself only where its
 * digest is another one.
 */
export async function auditNow(
  tx: Queryable,
  due: readonly WrittenRecord[],
  columns: readonly string[],
): Promise<[string, string][]> {
  const ids = idsOf(due, 'audit');
  if (ids.length === 0) return [];
  const rows = await tx.query<{ id: string; digest: string }>(
    {
      name: 'witness_audit_digest',
      text: `SELECT id, ${auditDigest(columns)} AS digest FROM audit_record WHERE id ${AMONG_IDS}`,
    },
    [ids],
  );
  const now = new Map<string, string>();
  // Two rows of one id: one of them was added.
  for (const { id, digest } of rows) now.set(id, now.has(id) ? '' : digest);
  const isSame = ({ kind, id, digest }: WrittenRecord): boolean => kind === 'audit' && now.get(id) === digest;
  const others = due.filter((each) => !isSame(each));
  return [
    ...due.filter(isSame).map(({ id, digest }): [string, string] => [`audit ${id}`, digest]),
    ...(await plainNow(tx, others, 'audit', columns)),
  ];
}

export const plainAudit: typeof auditNow = (tx, due, columns) => plainNow(tx, due, 'audit', columns);

/** Reads records of one row each. */
export async function plainNow(
  tx: Queryable,
  due: readonly WrittenRecord[],
  kind: keyof typeof TABLES,
  columns: readonly string[],
): Promise<[string, string][]> {
  const ids = idsOf(due, kind);
  if (ids.length === 0) return [];
  const rows = await tx.query(
    {
      name: `witness_${kind}`,
      text: `SELECT ${exactColumns(columns)} FROM ${TABLES[kind]} WHERE id ${AMONG_IDS}`,
    },
    [ids],
  );
  const facts = kind === 'audit' ? auditFactsOf : factsOf;
  const now = new Map<string, string>();
  for (const row of rows) {
    const key = `${kind} ${String(row.id)}`;
    now.set(key, now.has(key) ? '' : digestOf([facts(exactRow(row), columns)]));
  }
  return [...now];
}

interface Listed {
  type: string;
  id: string;
  version: number;
}

export async function submissionsNow(
  tx: Queryable,
  due: readonly WrittenRecord[],
  columns: readonly string[],
  tables: FactTables,
): Promise<[string, string][]> {
  const ids = idsOf(due, 'submission');
  if (ids.length === 0) return [];
  const read = await tx.query(
    {
      name: 'witness_submission',
      text: `SELECT ${exactColumns(columns)} FROM submission WHERE id ${AMONG_IDS}`,
    },
    [ids],
  );
  const rows = read.map(exactRow);
  const facts = new Map(rows.map((row) => [String(row.id), [factsOf(row, columns)]]));
  const add = (table: string | undefined, found: readonly Row[]): void => {
    for (const row of found) {
      const text =
        table === undefined ? bodyFacts(exactRow(row)) : versionFacts(table, exactRow(row), String(row.xid));
      facts.get(String(row.submission_id))?.push(text);
    }
  };
  add(
    undefined,
    await tx.query(
      {
        name: 'witness_body',
        text: `SELECT ${exactColumns(['submission_id', 'encoding', 'skeleton', 'documents'])} FROM submission_body WHERE submission_id ${AMONG_IDS}`,
      },
      [ids],
    ),
  );
  for (const table of resourceTables(tables)) {
    const isListed = !tables.unlisted.includes(table);
    const listed = isListed ? listedIn(rows, table, tables) : [];
    if (isListed && listed.length === 0) continue;
    add(table, await versionsNow(tx, table, isListed ? listed : undefined, ids));
  }
  add(
    'binary',
    await tx.query(
      {
        name: 'witness_binary',
        text: `SELECT b.submission_id, b.id, ${exactTime('b.last_updated')} AS last_updated, b.patient_id,
            pg_catalog.encode(b.sha256, 'hex') AS sha256, s.xid::pg_catalog.text AS xid
          FROM "binary" AS b JOIN submission AS s ON s.id OPERATOR(pg_catalog.=) b.submission_id WHERE b.submission_id ${AMONG_IDS}`,
      },
      [ids],
    ),
  );
  return [...facts].map(([id, each]) => [`submission ${id}`, digestOf(each)]);
}

/** The versions of one table that the submissions list. */
function listedIn(submissions: readonly Row[], table: string, { types }: FactTables): Listed[] {
  return submissions
    .flatMap(({ stored, withdrawn }) => [stored, withdrawn] as unknown[])
    .flatMap((list) => (Array.isArray(list) ? (list as Partial<Listed>[]) : []))
    .filter(
      (each): each is Listed =>
        types[each?.type ?? ''] === table &&
        isLowerCaseUuid(String(each.id)) &&
        Number.isInteger(each.version),
    );
}

/** The rows that these submissions wrote into a table, wherever they are now. */
function versionsNow(
  tx: Queryable,
  table: string,
  listed: readonly Listed[] | undefined,
  submissions: readonly string[],
): Promise<Row[]> {
  // PostgreSQL takes its own `unnest` where it has several lists.
  const join = listed
    ? `JOIN (SELECT DISTINCT * FROM unnest($2::pg_catalog.uuid[], $3::pg_catalog.int4[]) AS l (id, version)) AS e
        ON e.id OPERATOR(pg_catalog.=) r.id AND e.version OPERATOR(pg_catalog.=) r.version_id`
    : '';
  const from = (name: string): string =>
    `SELECT r.submission_id, r.id, r.version_id, ${exactTime('r.last_updated')} AS last_updated, r.patient_id, r.sender,
      pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(r.content, 'UTF8')), 'hex') AS content_sha256,
      r.xid::pg_catalog.text AS xid
    FROM ${quoted(name)} AS r ${join} WHERE r.submission_id ${AMONG_IDS}`;
  return tx.query(
    {
      name: `witness_${table}`,
      text: `${from(table)} UNION ALL ${from(`${table}_history`)}`,
    },
    [submissions, ...(listed ? [listed.map(({ id }) => id), listed.map(({ version }) => version)] : [])],
  );
}

/** A version's facts. The database returns the content already hashed. */
export function versionFacts(table: string, row: Row, xid: string): string {
  const content = row.content_sha256 ?? row.sha256 ?? sha256(String(row.content ?? ''));
  return JSON.stringify([
    table,
    row.id,
    row.version_id ?? 1,
    row.last_updated,
    row.patient_id ?? null,
    row.sender ?? null,
    String(content).replace(/^\\x/, ''),
    xid,
  ]);
}

export function bodyFacts({ encoding, skeleton, documents }: Row): string {
  const bytes = Buffer.isBuffer(skeleton) ? skeleton : Buffer.from(String(skeleton).slice(2), 'hex');
  return canonical([encoding, sha256(bytes), documents]);
}
