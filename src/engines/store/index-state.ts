/**
 * Stores whether derived columns match the definitions: by which definition each type was indexed, which table contains
 * its rows, and which tables are being reindexed.
 * @see docs/decisions/0043-facts-and-derivations.md
 */
import { historyOf, quoted, type IndexedTable } from '../indexing/indexed-table';
import type { Queryable } from '../../platform/postgres';

/** The state recorded for a type. */
export interface IndexedType {
  fingerprint: string;
  table: string;
}

/** A table whose derived columns are being rebuilt. */
export interface Reindexing {
  table: string;
  /** The types, with the fingerprint that each will have. */
  wanted: Readonly<Record<string, string>>;
  /** The last resource that was rebuilt. */
  after: string;
  /** The number of versions done. */
  done: number;
  total: number;
}

export async function readIndexedTypes(db: Queryable): Promise<Map<string, IndexedType>> {
  const rows = await db.query<IndexedType & { type: string }>({
    name: 'indexed_types',
    text: 'SELECT type, fingerprint, table_name AS "table" FROM indexed_type',
  });
  return new Map(rows.map(({ type, fingerprint, table }) => [type, { fingerprint, table }]));
}

export async function readReindexing(db: Queryable): Promise<Reindexing[]> {
  const rows = await db.query<Omit<Reindexing, 'done' | 'total'> & { done: string; total: string }>({
    name: 'reindexing',
    text: `SELECT table_name AS "table", wanted, after_id AS after, done::text AS done, total::text AS total
      FROM reindexing ORDER BY started_at, table_name`,
  });
  return rows.map((row) => ({ ...row, done: Number(row.done), total: Number(row.total) }));
}

/** Records types that have no stored rows yet: new rows are indexed by this definition. */
export async function recordTypes(
  db: Queryable,
  types: readonly ({ type: string } & IndexedType)[],
): Promise<void> {
  if (types.length === 0) return;
  await db.query(
    {
      text: `INSERT INTO indexed_type (type, fingerprint, table_name)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT (type) DO NOTHING`,
    },
    [
      types.map(({ type }) => type),
      types.map(({ fingerprint }) => fingerprint),
      types.map(({ table }) => table),
    ],
  );
}

/** Records that the rows of a type were moved. Its columns get the fingerprint later. */
export async function recordMoved(db: Queryable, type: string, table: string): Promise<void> {
  await db.query({ text: 'UPDATE indexed_type SET table_name = $2 WHERE type = $1' }, [type, table]);
}

/**
 * Requests that these types of a table are reindexed. A request with the same fingerprints continues where it is; any
 * other starts again, together with the types requested before.
 */
export async function askToReindex(
  db: Queryable,
  table: IndexedTable,
  wanted: Readonly<Record<string, string>>,
): Promise<void> {
  const total = await versionsIn(db, [table.name, historyOf(table.name)]);
  await db.query(
    {
      text: `INSERT INTO reindexing AS known (table_name, wanted, total) VALUES ($1, $2::jsonb, $3::bigint)
        ON CONFLICT (table_name) DO UPDATE SET wanted = known.wanted || excluded.wanted, total = excluded.total,
          after_id = '00000000-0000-0000-0000-000000000000', done = 0, started_at = now()
        WHERE NOT known.wanted @> excluded.wanted`,
    },
    [table.name, JSON.stringify(wanted), total],
  );
}

/** Larger tables are not counted for a progress bar; PostgreSQL's estimate is used. */
const COUNTED_UPTO = 1_000_000;

async function versionsIn(db: Queryable, tables: readonly string[]): Promise<number> {
  const [row] = await db.query<{ rows: number }>(
    {
      text: `SELECT coalesce(sum(greatest(reltuples, 0)), 0)::float8 AS rows FROM pg_class
        WHERE oid = ANY(SELECT to_regclass(quote_ident(name)) FROM unnest($1::text[]) AS name)`,
    },
    [tables],
  );
  if ((row?.rows ?? 0) > COUNTED_UPTO) return Math.round(row!.rows);
  const counts = tables.map((name) => `(SELECT count(*) FROM ${quoted(name)})`);
  const [counted] = await db.query<{ rows: string }>({ text: `SELECT ${counts.join(' + ')} AS rows` });
  return Number(counted?.rows ?? 0);
}

export async function recordProgress(
  db: Queryable,
  { table, wanted }: Reindexing,
  after: string,
  done: number,
): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'reindexing_progress',
      text: `UPDATE reindexing SET after_id = $3, done = $4 WHERE table_name = $1 AND wanted = $2::jsonb RETURNING 1 AS one`,
    },
    [table, JSON.stringify(wanted), after, done],
  );
  return rows.length === 1;
}

/** Records that the table is done, unless something else was requested in the meantime. */
export async function recordDone(db: Queryable, { table, wanted }: Reindexing): Promise<void> {
  await db.query(
    {
      text: `WITH done AS (DELETE FROM reindexing WHERE table_name = $1 AND wanted = $2::jsonb RETURNING wanted)
        INSERT INTO indexed_type (type, fingerprint, table_name)
        SELECT each.key, each.value, $1 FROM done, jsonb_each_text(done.wanted) AS each (key, value)
        ON CONFLICT (type) DO UPDATE SET fingerprint = excluded.fingerprint, table_name = excluded.table_name,
          indexed_at = now()`,
    },
    [table, JSON.stringify(wanted)],
  );
}

/** The types that have a current row in a shared table. It uses the index, so the number of rows does not matter. */
export async function typesIn(db: Queryable, { name, typeColumn }: IndexedTable): Promise<string[]> {
  if (typeColumn === undefined) return [];
  const column = quoted(typeColumn);
  const next = (after: string): string =>
    `(SELECT ${column} FROM ${quoted(name)} WHERE ${after} ORDER BY ${column} LIMIT 1)`;
  const rows = await db.query<{ type: string }>({
    text: `WITH RECURSIVE found AS (SELECT ${next('true')} AS type
        UNION ALL SELECT ${next(`${column} > found.type`)} FROM found WHERE found.type IS NOT NULL)
      SELECT type FROM found WHERE type IS NOT NULL`,
  });
  return rows.map(({ type }) => type);
}

/** Of these tables and their histories, those that are missing in the database. */
export async function missingTables(db: Queryable, tables: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    {
      text: 'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(quote_ident(name)) IS NULL',
    },
    [tables.flatMap((name) => [name, historyOf(name)])],
  );
  return rows.map(({ name }) => name);
}

/** Of these tables, those that contain a row, themselves or in their history. */
export async function tablesWithRows(db: Queryable, tables: readonly string[]): Promise<Set<string>> {
  const some = tables.map(
    (name, index) =>
      `SELECT ${index} AS place WHERE EXISTS (SELECT 1 FROM ${quoted(name)}) OR EXISTS (SELECT 1 FROM ${quoted(historyOf(name))})`,
  );
  if (some.length === 0) return new Set();
  const rows = await db.query<{ place: number }>({ text: some.join(' UNION ALL ') });
  return new Set(rows.map(({ place }) => tables[place]!));
}
