/**
 * Remembers what this node has written and is not sealed yet: a digest of each record's facts, made before they reach
 * the database and held in memory. When a record is sealed (or could be), the stored data is compared with the digest.
 * So a change or deletion between commit and seal is found, even if an open transaction delays sealing or a trigger
 * changes a row. Someone who has access only to the database cannot change the digests.
 *
 * The facts are: every column of an audit record, of a review mark and of a submission's record; its bytes; and of each row that it wrote
 * the id, version, time, patient, sender and content. Search columns are derived from the content.
 *
 * The statements name the schema of each function, operator and type, so that nobody who can define others has them used.
 */
import { append } from '../../fhir/long-lists';
import type { Slices } from '../../fhir/slices';
import { isLowerCaseUuid } from '../../fhir/uuid';
import type { Queryable } from '../../platform/postgres';
import { builtInsChanged } from './check-built-ins';
import { names } from './check-heads';
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
import type { Fault } from './fault';
import { resourceTables, type FactTables } from './sealed-tables';
import { quoted } from './sql';

interface Rows {
  table: string;
  rows: readonly Row[];
}

/** The data that a transaction writes, as the store receives it. */
interface Plan {
  writes: readonly Rows[];
  withdrawals: readonly { table: string; tombstones: readonly Row[] }[];
  others: readonly (Rows & { columns: readonly string[] })[];
}

export interface Witness {
  /**
   * Remembers what a transaction writes for a submission. Whether it was committed is checked later.
   * @returns to be called when the transaction is known to be committed
   */
  wrote(plan: Plan, xid: string): Slices<() => void>;
  /** Remembers audit records that are committed. */
  recorded(rows: readonly Row[], xid: string): void;
  /** Remembers a review mark that is committed. */
  marked(row: Row, xid: string): void;
  /** Compares what was written before the transaction `upto`. @returns faults for what was changed or deleted since */
  compare(tx: Queryable, upto: string): Promise<Fault[]>;
}

interface Written {
  kind: 'submission' | 'audit' | 'review';
  id: string;
  xid: string;
  digest: string;
  /** In milliseconds since 1970. */
  since: number;
  /**
   * Whether the answer to COMMIT has come. A leader that dies may lose a transaction before that, and the next leader
   * gives its number to another one. Nothing of it was acknowledged.
   */
  isCommitted: boolean;
}

const ROWS_OF_SLICE = 100;

/** The most records in memory. If sealing is delayed for long, the oldest are compared early. */
const MOST_KEPT = 100_000;

/** After this long, in milliseconds, an answer to COMMIT that has not come never will. */
const ANSWERED_WITHIN_MILLIS = 5 * 60_000;

export function createWitness(tables: FactTables): Witness {
  const kept = new Map<string, Written>();
  const histories = new Map(resourceTables(tables).map((table) => [`${table}_history`, table]));
  let columns: Readonly<Record<Written['kind'], readonly string[]>> = {
    audit: [],
    submission: [],
    review: [],
  };

  const keep = (given: Omit<Written, 'since' | 'isCommitted'>): Written => {
    const written = { ...given, since: Date.now(), isCommitted: false };
    kept.set(`${written.kind} ${written.id}`, written);
    return written;
  };
  const keepRecords = (rows: readonly Row[], xid: string): Written[] => {
    if (columns.audit.length === 0 && rows[0]) columns = { ...columns, audit: Object.keys(rows[0]).sort() };
    return rows.map((row) =>
      keep({ kind: 'audit', id: String(row.id), xid, digest: digestOf([auditFactsOf(row, columns.audit)]) }),
    );
  };
  const committed = (all: readonly Written[]): void => {
    for (const written of all) written.isCommitted = true;
  };

  return {
    recorded: (rows, xid) => committed(keepRecords(rows, xid)),
    marked: (row, xid) => {
      if (columns.review.length === 0) columns = { ...columns, review: Object.keys(row).sort() };
      const digest = digestOf([factsOf(row, columns.review)]);
      committed([keep({ kind: 'review', id: String(row.id), xid, digest })]);
    },
    *wrote(plan, xid) {
      const all = plan.others.flatMap(({ table, rows }) =>
        table === 'audit_record' ? keepRecords(rows, xid) : [],
      );
      const [submission] = plan.others.find(({ table }) => table === 'submission')?.rows ?? [];
      if (!submission) return () => committed(all);
      if (columns.submission.length === 0)
        columns = { ...columns, submission: Object.keys(submission).sort() };
      const facts = [factsOf(submission, columns.submission)];
      const addVersions = (table: string, rows: readonly Row[]): void =>
        append(
          facts,
          rows.map((row) => versionFacts(table, row, xid)),
        );
      for (const { table, rows } of plan.others)
        if (table === 'submission_body') append(facts, rows.map(bodyFacts));
        else if (table === 'binary') addVersions(table, rows);
        // A version that arrived late is written straight to the history.
        else if (histories.has(table)) addVersions(histories.get(table)!, rows);
      for (const each of plan.writes) append(facts, yield* versionsFacts(each, xid));
      for (const { table, tombstones } of plan.withdrawals) addVersions(table, tombstones);
      all.push(keep({ kind: 'submission', id: String(submission.id), xid, digest: digestOf(facts) }));
      return () => committed(all);
    },
    compare: async (tx, upto) => {
      let early = kept.size - MOST_KEPT;
      const due = [...kept.values()].filter(({ xid }) => early-- > 0 || BigInt(xid) < BigInt(upto));
      if (due.length === 0) return [];
      const faults = (await builtInsChanged(tx)) ? [BUILT_INS] : [];
      const ended = await endedAmong(tx, due);
      const found = new Map([
        ...(await (faults.length > 0 ? plainAudit : auditNow)(tx, due, columns.audit)),
        ...(await plainNow(tx, due, 'review', columns.review)),
        ...(await submissionsNow(tx, due, columns.submission, tables)),
      ]);
      for (const written of due) {
        const { kind, id, digest } = written;
        const status = ended.get(written.xid);
        if (status === 'in progress') continue;
        const isLost = status !== 'aborted' && !written.isCommitted && !found.has(`${kind} ${id}`);
        if (isLost && Date.now() - written.since < ANSWERED_WITHIN_MILLIS) continue;
        kept.delete(`${kind} ${id}`);
        if (isLost || status === 'aborted' || found.get(`${kind} ${id}`) === digest) continue;
        faults.push(faultOf(written, found.has(`${kind} ${id}`)));
      }
      return faults;
    },
  };
}

const BUILT_INS: Fault = {
  kind: 'shape',
  text: 'Functions, operators, casts or types of PostgreSQL itself were changed when records were compared and sealed.',
};

function faultOf({ kind, id }: Written, isThere: boolean): Fault {
  const name = names[kind];
  const what = kind === 'submission' ? `${name}, its bytes, or something that it stored` : name;
  return {
    kind: isThere ? 'changed' : 'deleted',
    record: { kind, id },
    text: isThere
      ? `The ${what} was changed before it was sealed.`
      : `The ${name} was deleted before it was sealed.`,
  };
}

/** How the transactions ended. PostgreSQL has no status for very old ones: those were committed. */
async function endedAmong(tx: Queryable, due: readonly Written[]): Promise<Map<string, string | null>> {
  const rows = await tx.query<{ xid: string; status: string | null }>(
    {
      name: 'witness_status',
      text: `SELECT x AS xid, pg_catalog.pg_xact_status(x::pg_catalog.xid8) AS status
        FROM pg_catalog.unnest($1::pg_catalog.text[]) AS x`,
    },
    [[...new Set(due.map(({ xid }) => xid))]],
  );
  return new Map(rows.map(({ xid, status }) => [xid, status]));
}

const idsOf = (due: readonly Written[], kind: Written['kind']): string[] =>
  due.filter((each) => each.kind === kind).map(({ id }) => id);

/** A condition on an id. */
const AMONG_IDS = 'OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.uuid[])';

const TABLES = { audit: 'audit_record', review: 'review_mark' } as const;

/**
 * Reads audit records. There are many, so PostgreSQL makes their digests, and a record is read itself only where its
 * digest is another one.
 */
async function auditNow(
  tx: Queryable,
  due: readonly Written[],
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
  const isSame = ({ kind, id, digest }: Written): boolean => kind === 'audit' && now.get(id) === digest;
  const others = due.filter((each) => !isSame(each));
  return [
    ...due.filter(isSame).map(({ id, digest }): [string, string] => [`audit ${id}`, digest]),
    ...(await plainNow(tx, others, 'audit', columns)),
  ];
}

const plainAudit: typeof auditNow = (tx, due, columns) => plainNow(tx, due, 'audit', columns);

/** Reads records of one row each. */
async function plainNow(
  tx: Queryable,
  due: readonly Written[],
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

async function submissionsNow(
  tx: Queryable,
  due: readonly Written[],
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
function versionFacts(table: string, row: Row, xid: string): string {
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

/** The facts of all versions that are written to a table. */
function* versionsFacts({ table, rows }: Rows, xid: string): Slices<string[]> {
  const facts: string[] = [];
  for (const [index, row] of rows.entries()) {
    if (index % ROWS_OF_SLICE === 0) yield;
    facts.push(versionFacts(table, row, xid));
  }
  return facts;
}

function bodyFacts({ encoding, skeleton, documents }: Row): string {
  const bytes = Buffer.isBuffer(skeleton) ? skeleton : Buffer.from(String(skeleton).slice(2), 'hex');
  return canonical([encoding, sha256(bytes), documents]);
}
