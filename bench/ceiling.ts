/**
 * What PostgreSQL and its driver could do at best with the rows and bytes of a submission: they are read back from what
 * the server wrote, and inserted again in one transaction of one statement. Nothing is received, decoded, checked,
 * matched or locked. There are two ceilings: empty copies of the server's tables, with the same indexes, and the leanest
 * tables that could keep the same, which show what the columns and indexes of the others cost.
 */
import { createHash } from 'node:crypto';
import type { Pool } from 'pg';

/** The rows of one submission, ready to be bound. */
export interface Batch {
  name: string;
  text: string;
  values: unknown[];
}

export interface Ceiling {
  /** What each submission that was received since then wrote. */
  batchesSince(since: Date): Promise<Batch[]>;
  commit(batch: Batch): Promise<void>;
}

interface Table {
  name: string;
  columns: string;
  /** The column that names the submission. */
  submission: string;
}

const SCHEMA = 'ceiling';
const LEANEST = 'leanest';

/** A row for each resource with its text, its patient and its id, the document, and one index for each table. */
export async function openLeanest(pool: Pool): Promise<Ceiling> {
  const tables = (await tablesOf(pool)).filter(({ columns }) => /\bpatient_id\b.*\bcontent\b/.test(columns));
  await pool.query(`CREATE SCHEMA ${LEANEST};
    CREATE TABLE ${LEANEST}.resource (id uuid PRIMARY KEY, patient_id uuid, content text NOT NULL);
    CREATE TABLE ${LEANEST}.document_bytes (sha256 bytea PRIMARY KEY, size integer, bytes bytea NOT NULL);
    ALTER TABLE ${LEANEST}.document_bytes ALTER bytes SET STORAGE EXTERNAL`);
  const resource = { name: 'resource', columns: 'id, patient_id, content', submission: 'submission_id' };
  return {
    batchesSince: async (since) => {
      const written = await writtenBy(pool, tables, resource.columns, since);
      const documents = await documentsOf(pool, since);
      return [...written].map(([submission, parts]) => {
        const rows = `[${parts.map((part) => part.rows.slice(1, -1)).join(',')}]`;
        return batchOf(LEANEST, [{ table: resource, rows }], documents.get(submission));
      });
    },
    commit: (batch) => commit(pool, batch),
  };
}

export async function openCeiling(pool: Pool): Promise<Ceiling> {
  const tables = await tablesOf(pool);
  await pool.query(
    `CREATE SCHEMA ${SCHEMA}; ` +
      [...tables.map(({ name }) => name), 'document_bytes']
        .map((name) => `CREATE TABLE ${SCHEMA}."${name}" (LIKE public."${name}" INCLUDING ALL);`)
        .join('\n'),
  );
  return {
    batchesSince: (since) => batchesOf(pool, tables, since),
    commit: (batch) => commit(pool, batch),
  };
}

async function commit(pool: Pool, batch: Batch): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(batch);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

async function tablesOf(pool: Pool): Promise<Table[]> {
  const { rows } = await pool.query<Table>(`
    SELECT table_name AS name,
      string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FILTER (WHERE column_name <> 'xid') AS columns,
      CASE table_name WHEN 'submission' THEN 'id' ELSE 'submission_id' END AS submission
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE '%\\_history'
      AND EXISTS (SELECT 1 FROM pg_class WHERE oid = format('public.%I', table_name)::regclass
        AND relkind IN ('r', 'p') AND NOT relispartition)
    GROUP BY table_name
    HAVING bool_or(column_name = 'submission_id') OR table_name = 'submission'`);
  return rows;
}

async function batchesOf(pool: Pool, tables: readonly Table[], since: Date): Promise<Batch[]> {
  const written = await writtenBy(pool, tables, undefined, since);
  const documents = await documentsOf(pool, since);
  return [...written].map(([submission, parts]) => batchOf(SCHEMA, parts, documents.get(submission)));
}

interface Rows {
  table: Table;
  /** A JSON list. */
  rows: string;
}

/** What each submission wrote, by its id. @param columns of each row; all of them unless given */
async function writtenBy(
  pool: Pool,
  tables: readonly Table[],
  columns: string | undefined,
  since: Date,
): Promise<Map<string, Rows[]>> {
  const written = new Map<string, Rows[]>();
  for (const table of tables) {
    const { rows } = await pool.query<{ submission: string; rows: string }>(
      `SELECT of.id AS submission, json_agg(json_strip_nulls(to_json(r)))::text AS rows
       FROM (SELECT "${table.submission}" AS of_submission, ${columns ?? table.columns} FROM public."${table.name}") AS r
       JOIN public.submission AS of ON of.id = r.of_submission WHERE of.received_at >= $1 GROUP BY 1`,
      [since],
    );
    for (const { submission, rows: text } of rows)
      written.set(submission, [...(written.get(submission) ?? []), { table, rows: text }]);
  }
  return written;
}

interface Document {
  sha256: Buffer;
  bytes: Buffer;
}

async function documentsOf(pool: Pool, since: Date): Promise<Map<string, Document>> {
  const { rows } = await pool.query<Document & { submission: string }>(
    `SELECT of.id AS submission, document_bytes.sha256, document_bytes.bytes FROM submission AS of
     JOIN "binary" ON "binary".submission_id = of.id JOIN document_bytes ON document_bytes.sha256 = "binary".sha256
     WHERE of.received_at >= $1`,
    [since],
  );
  return new Map(rows.map(({ submission, ...document }) => [submission, document]));
}

function batchOf(schema: string, parts: readonly Rows[], document: Document | undefined): Batch {
  const values: unknown[] = [];
  const inserts = parts.map(({ table: { name, columns }, rows }) => {
    const into = `${schema}."${name}"`;
    return `INSERT INTO ${into} (${columns})
      SELECT ${columns} FROM json_populate_recordset(NULL::${into}, $${values.push(rows)}::json)`;
  });
  if (document) {
    const places = [document.sha256, document.bytes.length, document.bytes].map((v) => `$${values.push(v)}`);
    inserts.push(`INSERT INTO ${schema}.document_bytes (sha256, size, bytes) VALUES (${places.join(', ')})`);
  }
  const text = `WITH ${inserts.map((insert, index) => `w${index} AS (${insert})`).join(', ')} SELECT 1`;
  // By name, so that each connection prepares it once.
  return { name: createHash('sha256').update(text).digest('hex').slice(0, 32), text, values };
}
