/**
 * Checks what must hold for the tables as a whole and cannot be seen in one record: every row was written by a
 * submission, no row is hidden or restored, and every document exists and matches its hash. Each statement is limited,
 * so that none runs long.
 */
import { createHash } from 'node:crypto';
import type { Database, Queryable } from '../../platform/postgres';
import { checkKept } from './check-kept';
import type { Faults } from './fault';
import { typeOf } from './row-digest';
import { resourceTables, type FactTables } from './sealed-tables';
import { quoted } from './sql';

/** The most rows that one statement checks. Larger tables are checked only in a thorough check. */
const LARGEST_AT_ONCE = 2_000_000;

/** Reads a document that is outside of the database; undefined when it is missing. */
export type ReadOutside = (sha256: Buffer) => Promise<Buffer | undefined>;

export interface TableCheck {
  database: Database;
  tables: FactTables;
  /** Everything before this transaction is sealed. */
  upto: string;
  /** How many versions of each type the sealed submissions contain. */
  rows: ReadonlyMap<string, number>;
  /** False to skip checks that run long. */
  thorough: boolean;
  /** Reads the documents that are outside of the database. */
  readOutside: ReadOutside;
  faults: Faults;
}

/** @returns false when something was skipped */
export async function checkTables(check: TableCheck): Promise<boolean> {
  const counts = new Map<string, number>();
  const leftOut = new Set<string>();
  let complete = true;
  for (const table of resourceTables(check.tables)) {
    const isTooLarge = !check.thorough && (await sizeOf(check.database, table)) > LARGEST_AT_ONCE;
    if (isTooLarge) complete = false;
    if (isTooLarge || !(await checkTable(check, table))) leftOut.add(table);
    else await countVersions(check, table, counts);
  }
  await compareCounts(check, counts, leftOut);
  await checkOrphans(check);
  await checkKept(check.database, check.tables, check.faults);
  return (await checkDocuments(check)) && complete;
}

const bothOf = (table: string, columns: string): string =>
  `(SELECT ${columns} FROM ${quoted(table)} UNION ALL SELECT ${columns} FROM ${quoted(`${table}_history`)})`;

/** @returns false when a row belongs to no submission: counting the rows is useless then */
async function checkTable({ database, tables, faults }: TableCheck, table: string): Promise<boolean> {
  const history = `${table}_history`;
  const type = typeOf(table, 'r', tables);
  const isShared = tables.shared[table] !== undefined;
  const columns = [
    'id',
    'version_id',
    'submission_id',
    'xid',
    ...(isShared ? [quoted(tables.shared[table]!)] : []),
  ];
  const strangers = await database.query<{ type: string; id: string; version: number }>({
    text: `SELECT ${type} AS type, r.id, r.version_id AS version FROM ${bothOf(table, columns.join(', '))} AS r
        WHERE NOT EXISTS (SELECT 1 FROM submission AS s WHERE s.id = r.submission_id AND s.xid = r.xid)
          AND NOT EXISTS (SELECT 1 FROM ledger_tombstone AS t
            WHERE t.kept -> ${type} @> jsonb_build_array(jsonb_build_array(r.id, r.version_id)))
        LIMIT 20`,
  });
  for (const { type: of, id, version } of strangers)
    faults.add({ kind: 'row', text: `${of} ${id}, version ${version}: no submission stored this row.` });
  const [moved] = await database.query<{ hidden: string[]; doubled: string[] }>({
    text: `SELECT
          ARRAY(SELECT h.id::text FROM ${quoted(history)} AS h WHERE NOT h.deleted
            AND NOT EXISTS (SELECT 1 FROM ${quoted(table)} AS r WHERE r.id = h.id AND r.version_id = h.version_id + 1)
            AND NOT EXISTS (SELECT 1 FROM ${quoted(history)} AS n WHERE n.id = h.id AND n.version_id = h.version_id + 1)
            LIMIT 20) AS hidden,
          ARRAY(SELECT r.id::text FROM ${quoted(table)} AS r
            WHERE EXISTS (SELECT 1 FROM ${quoted(history)} AS n WHERE n.id = r.id AND n.version_id >= r.version_id)
            LIMIT 20) AS doubled`,
  });
  for (const id of moved?.hidden ?? [])
    faults.add({
      kind: 'row',
      text: `${table} ${id}: is in the history as superseded, but there is no later version.`,
    });
  for (const id of moved?.doubled ?? [])
    faults.add({
      kind: 'row',
      text: `${table} ${id}: is current, but there is a later version in its history.`,
    });
  return strangers.length === 0;
}

/** Counts the sealed versions of each type in a table. */
async function countVersions(
  { database, tables, upto }: TableCheck,
  table: string,
  counts: Map<string, number>,
): Promise<void> {
  if (tables.unlisted.includes(table)) return;
  const column = tables.shared[table];
  const columns = ['xid', ...(column === undefined ? [] : [quoted(column)])].join(', ');
  const rows = await database.query<{ type: string; there: string }>(
    {
      text: `SELECT ${typeOf(table, 'r', tables)} AS type, count(*) AS there FROM ${bothOf(table, columns)} AS r
        WHERE r.xid < $1::xid8 GROUP BY 1`,
    },
    [upto],
  );
  for (const { type, there } of rows) counts.set(type, (counts.get(type) ?? 0) + Number(there));
}

/** Reports rows that name a submission which does not list them. */
async function compareCounts(
  { database, tables, rows, faults }: TableCheck,
  counts: ReadonlyMap<string, number>,
  leftOut: ReadonlySet<string>,
): Promise<void> {
  const kept = await database.query<{ type: string; rows: string }>({
    text: `SELECT list.key AS type, sum(jsonb_array_length(list.value)) AS rows FROM ledger_tombstone AS t,
        jsonb_each(CASE jsonb_typeof(t.kept) WHEN 'object' THEN t.kept ELSE '{}' END) AS list
      WHERE jsonb_typeof(list.value) = 'array' GROUP BY 1`,
  });
  const keptOf = new Map(kept.map(({ type, rows: count }) => [type, Number(count)]));
  for (const [type, there] of counts) {
    if ([tables.types[type] ?? '', ...Object.keys(tables.shared)].some((table) => leftOut.has(table)))
      continue;
    const added = there - (rows.get(type) ?? 0) - (keptOf.get(type) ?? 0);
    if (added > 0)
      faults.add({
        kind: 'row',
        text: `${type}: ${added} of its versions were added to submissions that never stored them.`,
      });
  }
}

/** Reports rows of other tables that belong to no submission. */
async function checkOrphans({ database, faults }: TableCheck): Promise<void> {
  for (const [table, key] of [
    ['binary', 'id'],
    ['submission_body', 'submission_id'],
  ] as const) {
    const rows = await database.query<{ key: string }>({
      text: `SELECT r.${key} AS key FROM ${quoted(table)} AS r
        WHERE NOT EXISTS (SELECT 1 FROM submission AS s WHERE s.id = r.submission_id) LIMIT 20`,
    });
    for (const each of rows)
      faults.add({ kind: 'row', text: `${table} ${each.key}: no submission stored this row.` });
  }
}

/** Reports documents that do not match their SHA-256, that nothing refers to, or that are missing. */
async function checkDocuments({ database, thorough, faults, readOutside }: TableCheck): Promise<boolean> {
  // A list that was altered and is no list counts as empty here; the submission's digest shows the change.
  const spokenOf = `(SELECT sha256 FROM "binary" UNION
    SELECT decode(cut ->> 'sha256', 'hex') FROM submission_body,
      jsonb_array_elements(CASE jsonb_typeof(documents) WHEN 'array' THEN documents ELSE '[]' END) AS cut
    WHERE cut ->> 'sha256' ~ '^([0-9a-f]{2})*$')`;
  const [lists] = await database.query<{ missing: string[]; extra: string[] }>({
    text: `WITH spoken_of AS MATERIALIZED ${spokenOf}
      SELECT
        ARRAY(SELECT encode(sha256, 'hex') FROM spoken_of WHERE NOT EXISTS
          (SELECT 1 FROM document_bytes WHERE document_bytes.sha256 = spoken_of.sha256) LIMIT 20) AS missing,
        ARRAY(SELECT encode(sha256, 'hex') FROM document_bytes WHERE NOT EXISTS
          (SELECT 1 FROM spoken_of WHERE spoken_of.sha256 = document_bytes.sha256) LIMIT 20) AS extra`,
  });
  for (const sha256 of lists?.missing ?? [])
    faults.add({ kind: 'document', text: `The document ${sha256} is missing.` });
  for (const sha256 of lists?.extra ?? [])
    faults.add({ kind: 'document', text: `No resource refers to the document ${sha256}. It was added.` });
  const deadline = Date.now() + (thorough ? Infinity : 5_000);
  for (let after = Buffer.alloc(0); ;) {
    const rows = await database.query<{ sha256: Buffer; size: number; whole: boolean | null }>(
      {
        text: `SELECT sha256, size, sha256(bytes) = sha256 AND octet_length(bytes) = size AS whole FROM document_bytes
          WHERE sha256 > $1 ORDER BY sha256 LIMIT 100`,
      },
      [after],
    );
    for (const { sha256, size, whole } of rows) {
      // Outside of the database: its bytes in the row are NULL.
      const fault = whole === null ? await faultOutside(readOutside, sha256, size) : !whole && 'was changed';
      if (fault) faults.add({ kind: 'document', text: `The document ${sha256.toString('hex')} ${fault}.` });
      if (Date.now() > deadline) return false;
    }
    if (rows.length < 100) return true;
    if (Date.now() > deadline) return false;
    after = Buffer.from(rows.at(-1)!.sha256);
  }
}

async function faultOutside(
  readOutside: ReadOutside,
  sha256: Buffer,
  size: number,
): Promise<string | undefined> {
  const bytes = await readOutside(sha256);
  if (!bytes) return 'is missing in the document store';
  const isWhole = bytes.length === size && createHash('sha256').update(bytes).digest().equals(sha256);
  return isWhole ? undefined : 'was changed in the document store';
}

async function sizeOf(db: Queryable, table: string): Promise<number> {
  const [row] = await db.query<{ rows: number }>(
    { text: 'SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = to_regclass($1)' },
    [quoted(table)],
  );
  return row?.rows ?? 0;
}
