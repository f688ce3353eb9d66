/**
 * Makes very many stays of those that are loaded: PostgreSQL copies the rows of each stay for other patients. Each
 * copied patient has an NHS number, the id that the server makes from it, and a birth date; each copied resource has
 * an id with the bucket of its patient, also where others refer to it, and an earlier time. Organisations stay the
 * same. The audit trail is not copied, since a copied record would not have the server's signature.
 */
import type { Pool, PoolClient } from 'pg';
import { keyedIds } from '../src/platform/keyed-ids';
import { openPool } from './open-pool';
import type { Range } from './population-worker';

/** Stays of one transaction: as few as the ledger seals at once. */
const STAYS_AT_ONCE = 100;
const LANES = 2;
const SCHEMA = 'copied';
/** Each copy was received so many days before the one that it was made before. */
const DAYS_BETWEEN = 3;

/** What stands in a template, and the SQL of what a copy has instead; `copy` is `$2`, and `p` the copied patient. */
const MARKS: readonly (readonly [mark: string, sql: string])[] = [
  ['@@@@', `lpad(to_hex($2::integer), 4, '0')`],
  ['%%%', 'right(p.id, 3)'],
  ['<P>', 'p.id'],
  ['<N>', 'p.nhs_number'],
  ['<T>', `to_char((r.last_updated - $3::interval) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`],
  ['<B>', `to_char(r.birth_date + $2::integer, 'YYYY-MM-DD')`],
];

/** An id that is no Organization's: the parts that a copy keeps are in parentheses. */
const ID =
  '(?<!Organization/)([0-9a-f]{8})-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-([0-9a-f]{4}-[0-9a-f]{9})[0-9a-f]{3}(?!", ?"type": ?"Organization)';
const OF_COPY = String.raw`\1-@@@@-\2c0d-\3%%%`;
/** The number of a stay (`VW-4104-000001`) and of a patient at a hospital (`H1033345`). */
const STAY_NUMBER = String.raw`VW-\d+-`;
const HOSPITAL_NUMBER = String.raw`\mH(\d{7})\M`;

interface Column {
  name: string;
  type: string;
}

interface Table {
  name: string;
  columns: Column[];
}

/** How many stays there are, how many there should be, and how many of those that are there are no copies. */
export interface CopiedRange extends Pick<Range, 'connection' | 'from' | 'to'> {
  loaded: number;
}

/** Copies the stays that were loaded, again and again, until there are `to`. */
export async function copyStays(
  { connection, from, to, loaded }: CopiedRange,
  advance: (more: number) => void,
): Promise<void> {
  const pool = openPool(connection, LANES);
  try {
    const statements = await makeTemplates(pool, loaded);
    const { rows: chunks } = await pool.query<{ chunk: number; stays: number }>(
      `SELECT chunk, count(*)::integer AS stays FROM ${SCHEMA}.stay GROUP BY chunk ORDER BY chunk`,
    );
    const idOf = await patientIds(pool);
    let missing = to - from;
    for (let copy = 1 + Math.ceil((from - loaded) / loaded); missing > 0; copy += 1) {
      await nameCopies(pool, copy, idOf);
      const todo = [...chunks];
      const lane = async (): Promise<void> => {
        for (let next = todo.shift(); next !== undefined && missing > 0; next = todo.shift()) {
          missing -= next.stays;
          await copyChunk(pool, statements, next.chunk, copy);
          advance(next.stays);
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
    }
    await pool.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
  } finally {
    await pool.end();
  }
}

async function copyChunk(
  pool: Pool,
  statements: readonly string[],
  chunk: number,
  copy: number,
): Promise<void> {
  const client: PoolClient = await pool.connect();
  try {
    await client.query('BEGIN; SET LOCAL synchronous_commit = off');
    for (const [index, text] of statements.entries())
      await client.query({
        name: `copy_${index}`,
        text,
        values: [chunk, copy, `${copy * DAYS_BETWEEN} days`],
      });
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

/** @returns the statements that make the copy (`$2`) of a chunk of stays (`$1`), received so much earlier (`$3`) */
async function makeTemplates(pool: Pool, loaded: number): Promise<string[]> {
  await pool.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE; CREATE SCHEMA ${SCHEMA};
    CREATE TABLE ${SCHEMA}.person (of uuid PRIMARY KEY, id text NOT NULL, nhs_number text NOT NULL);
    CREATE TABLE ${SCHEMA}.stay AS SELECT submission.id, submission.patient_id, patient.nhs_number,
        ((row_number() OVER (ORDER BY submission.id) - 1) / ${STAYS_AT_ONCE})::integer AS chunk
      FROM submission JOIN patient ON patient.id = submission.patient_id AND patient.nhs_number LIKE '${DEMO_NUMBERS}'
      ORDER BY submission.id LIMIT ${loaded};
    ANALYZE ${SCHEMA}.stay`);
  const statements: string[] = [];
  for (const table of await tablesOf(pool)) statements.push(await makeTemplate(pool, table));
  return statements;
}

async function makeTemplate(pool: Pool, { name, columns }: Table): Promise<string> {
  const has = (column: string): boolean => columns.some((each) => each.name === column);
  const template = `${SCHEMA}."${name}"`;
  const marked = columns.filter(({ type }) => TEXTS.has(type));
  const select = columns.map((column) =>
    marked.includes(column) ? `${markedSql(column, name, has)} AS "${column.name}"` : `r."${column.name}"`,
  );
  const submission = has('submission_id') ? 'submission_id' : 'id';
  await pool.query(`CREATE UNLOGGED TABLE ${template} AS SELECT s.chunk AS chunk_of_copy, s.patient_id AS patient_of_copy,
      ${select.join(', ')} FROM public."${name}" AS r JOIN ${SCHEMA}.stay AS s ON s.id = r."${submission}" ORDER BY s.chunk;
    CREATE INDEX ON ${template} (chunk_of_copy); ANALYZE ${template}`);
  const counts = marked.flatMap((column) =>
    MARKS.map(([mark]) => `count(*) FILTER (WHERE position('${mark}' IN "${column.name}") > 0)::integer`),
  );
  const { rows } = await pool.query<number[]>({
    text: `SELECT ${counts.join(', ')} FROM ${template}`,
    rowMode: 'array',
  });
  const found = rows[0] ?? [];
  const values = columns.map((column) => {
    const index = marked.indexOf(column);
    if (index < 0) return laterSql(column, name);
    const marks = MARKS.filter((_, place) => (found[index * MARKS.length + place] ?? 0) > 0);
    const filled = marks.reduce(
      (sql, [mark, by]) => `replace(${sql}, '${mark}', ${by})`,
      `r."${column.name}"`,
    );
    return `${filled}::${column.type}`;
  });
  return `INSERT INTO public."${name}" (${columns.map((column) => `"${column.name}"`).join(', ')})
    SELECT ${values.join(', ')} FROM ${template} AS r JOIN ${SCHEMA}.person AS p ON p.of = r.patient_of_copy
    WHERE r.chunk_of_copy = $1 AND $2::integer > 0 AND $3::interval > '0'`;
}

/** Types whose text can name a resource, a patient or a stay. */
const TEXTS: ReadonlySet<string> = new Set(['text', 'text[]', 'uuid', 'uuid[]', 'jsonb']);

/** The text of a column, with marks where a copy differs. */
function markedSql({ name }: Column, table: string, has: (column: string) => boolean): string {
  let sql = `replace(replace(r."${name}"::text, s.patient_id::text, '<P>'), s.nhs_number, '<N>')`;
  sql = `regexp_replace(${sql}, '${ID}', '${OF_COPY}', 'g')`;
  if (name !== 'id') sql = `regexp_replace(${sql}, '${STAY_NUMBER}', 'VW-@@@@-', 'g')`;
  if (table === 'patient') {
    sql = `regexp_replace(${sql}, '${HOSPITAL_NUMBER}', 'H@@@@\\1', 'g')`;
    sql = `replace(${sql}, '"birthDate":"' || r.birth_date::text || '"', '"birthDate":"<B>"')`;
  }
  if (!has('last_updated') || name !== 'content') return sql;
  return `replace(${sql}, to_char(r.last_updated AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '<T>')`;
}

/** A column without marks: times of receipt are earlier, birth dates later, and the hashes of a submission others. */
function laterSql({ name, type }: Column, table: string): string {
  const of = `r."${name}"`;
  if (RECEIVED.has(name)) return `${of} - $3::interval`;
  if (table === 'submission' && type === 'bytea') return `sha256(${of} || convert_to($2::text, 'UTF8'))`;
  if (name === 'birth_date') return `${of} + $2::integer`;
  const day = `(r.birth_date + $2::integer + ${name === 'birth_end' ? 1 : 0})`;
  return table === 'patient' && /^birth_(?:start|end)$/.test(name)
    ? `${day}::timestamp AT TIME ZONE 'Europe/London'`
    : of;
}

const RECEIVED: ReadonlySet<string> = new Set([
  'last_updated',
  'received_at',
  'recorded_start',
  'recorded_end',
]);

/** The tables with the rows of submissions, that have some. Organisations and the audit trail are not copied. */
async function tablesOf(pool: Pool): Promise<Table[]> {
  const { rows } = await pool.query<Table>(`
    SELECT c.relname AS name, json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, NULL))
        ORDER BY a.attnum) AS columns
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition AND a.attname <> 'xid'
      AND c.relname <> 'organization' AND c.relname NOT LIKE '%\\_history' AND a.attgenerated = ''
    GROUP BY c.relname HAVING bool_or(a.attname = 'submission_id') OR c.relname = 'submission'
    ORDER BY c.relname <> 'submission', c.relname`);
  const filled: Table[] = [];
  for (const table of rows) {
    const { rowCount } = await pool.query(`SELECT 1 FROM public."${table.name}" LIMIT 1`);
    if (rowCount) filled.push(table);
  }
  return filled;
}

/** The id that this database makes from an NHS number. */
async function patientIds(pool: Pool): Promise<(nhsNumber: string) => string> {
  const { rows } = await pool.query<{ value: Buffer }>(
    "SELECT value FROM server_secret WHERE name = 'resource-ids'",
  );
  const idOf = keyedIds(rows[0]!.value);
  return (nhsNumber) => idOf('nhs-number', nhsNumber);
}

/** Gives each patient of this copy an NHS number and an id. */
async function nameCopies(pool: Pool, copy: number, idOf: (nhsNumber: string) => string): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT DISTINCT patient_id::text AS id FROM ${SCHEMA}.stay ORDER BY 1`,
  );
  const numbers = rows.map((_, index) => nhsNumberAt((copy - 1) * rows.length + index));
  await pool.query(`TRUNCATE ${SCHEMA}.person`);
  await pool.query(
    `INSERT INTO ${SCHEMA}.person (of, id, nhs_number) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])`,
    [rows.map(({ id }) => id), numbers.map(idOf), numbers],
  );
}

/** The NHS numbers of the demo. */
const DEMO_NUMBERS = '999%';
/** NHS numbers that are never issued, and that no demo has: nine digits from 980 million on, with a check digit. */
const FIRST_STEM = 980_000_000;

/** Ten neighbouring stems have nine with a check digit at least, so that number `n` is among these. */
function nhsNumberAt(n: number): string {
  const stem = FIRST_STEM + Math.floor(n / 9) * 10;
  let wanted = n % 9;
  for (let last = 0; last < 10; last += 1) {
    const digits = String(stem + last);
    const sum = [...digits].reduce((total, digit, place) => total + Number(digit) * (10 - place), 0);
    const check = (11 - (sum % 11)) % 11;
    if (check !== 10 && wanted-- === 0) return `${digits}${check}`;
  }
  throw new Error('ten neighbouring numbers have at least nine check digits');
}
