/**
 * What PostgreSQL and its driver could do at best with the rows and bytes of a submission: they are read back from what
 * the server wrote, and inserted into empty copies of its tables, with the same indexes, in one transaction of one
 * statement. Nothing is received, decoded, checked, matched or locked.
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
    async commit(batch) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query(batch);
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    },
  };
}

async function tablesOf(pool: Pool): Promise<Table[]> {
  const { rows } = await pool.query<Table>(`
    SELECT table_name AS name,
      string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FILTER (WHERE column_name <> 'xid') AS columns,
      CASE table_name WHEN 'submission' THEN 'id' ELSE 'submission_id' END AS submission
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE '%\\_history'
    GROUP BY table_name
    HAVING bool_or(column_name = 'submission_id') OR table_name = 'submission'`);
  return rows;
}

async function batchesOf(pool: Pool, tables: readonly Table[], since: Date): Promise<Batch[]> {
  const written = new Map<string, { table: Table; rows: string }[]>();
  for (const table of tables) {
    const { rows } = await pool.query<{ submission: string; rows: string }>(
      `SELECT r."${table.submission}" AS submission, json_agg(json_strip_nulls(to_json(r)))::text AS rows
       FROM (SELECT ${table.columns} FROM public."${table.name}") AS r
       JOIN public.submission AS of ON of.id = r."${table.submission}" WHERE of.received_at >= $1 GROUP BY 1`,
      [since],
    );
    for (const { submission, rows: text } of rows) {
      const known = written.get(submission);
      if (known) known.push({ table, rows: text });
      else written.set(submission, [{ table, rows: text }]);
    }
  }
  const documents = await documentsOf(pool, since);
  return [...written].map(([submission, parts]) => batchOf(parts, documents.get(submission)));
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

function batchOf(parts: readonly { table: Table; rows: string }[], document: Document | undefined): Batch {
  const values: unknown[] = [];
  const inserts = parts.map(({ table: { name, columns }, rows }) => {
    const into = `${SCHEMA}."${name}"`;
    return `INSERT INTO ${into} (${columns})
      SELECT ${columns} FROM json_populate_recordset(NULL::${into}, $${values.push(rows)}::json)`;
  });
  if (document) {
    const places = [document.sha256, document.bytes.length, document.bytes].map((v) => `$${values.push(v)}`);
    inserts.push(`INSERT INTO ${SCHEMA}.document_bytes (sha256, size, bytes) VALUES (${places.join(', ')})`);
  }
  const text = `WITH ${inserts.map((insert, index) => `w${index} AS (${insert})`).join(', ')} SELECT 1`;
  // By name, so that each connection prepares it once.
  return { name: createHash('sha256').update(text).digest('hex').slice(0, 32), text, values };
}
