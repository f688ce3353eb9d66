/**
 * Writes all of a submission in one statement, whatever its size: for each table a multi-row insert (or update, which
 * moves the older version to the history), the documents, and the submission itself. The statement's text depends only
 * on the tables that it writes, so each connection prepares it once.
 */
import { append } from '../../fhir/long-lists';
import type { Slices } from '../../fhir/slices';
import { inSlices } from '../../platform/in-slices';
import type { SqlValue } from '../../definitions/table';
import { DOCUMENT_TABLE, hasDocuments, putDocuments, type DocumentWrite } from './document-bytes';
import { afterCommit, RowsNotWritten, statementName, type Queryable } from '../../platform/postgres';

export type Row = Record<string, SqlValue>;

/** Rows for one table of resources. */
export interface TableWrite {
  table: string;
  /** The table's columns without `xid`, which PostgreSQL sets. */
  columns: readonly string[];
  rows: readonly Row[];
  /** Ids among the rows that replace a stored version. */
  updates: number;
}

/** Resources that are withdrawn: their last version moves to the history, followed by a tombstone. */
export interface TableWithdrawal {
  table: string;
  columns: readonly string[];
  /** Tombstones: rows with id, version, time and submission, without content. */
  tombstones: readonly Row[];
}

export interface PlainWrite {
  table: string;
  columns: readonly string[];
  rows: readonly Row[];
}

export interface Commit {
  writes: readonly TableWrite[];
  withdrawals: readonly TableWithdrawal[];
  documents: readonly DocumentWrite[];
  /** Rows of other tables (submission, binary, audit records), inserted unchanged; binary columns as `\x…` text. */
  others: readonly PlainWrite[];
}

/** Remembers what was written, to compare it later with what is sealed. */
export interface Witness {
  /**
   * @param xid the transaction; whether it commits is checked later
   * @returns to be called when it is known to be committed
   */
  wrote(plan: Commit, xid: string): Slices<() => void>;
}

/** A part of the statement that writes, and the number of rows that it must write. */
interface Expected {
  part: string;
  rows: number;
  table: string;
}

/**
 * Runs the one statement. Must be called inside a transaction that holds the locks under which the plan was made.
 * @throws RowsNotWritten when a trigger or a rule prevented a row: the submission must not be acknowledged
 */
export async function commit(tx: Queryable, plan: Commit, witness?: Witness): Promise<void> {
  const parts: string[] = [];
  const values: unknown[] = [];
  const expected: Expected[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const expect = (part: string, rows: number, table: string): void => {
    expected.push({ part: quoted(part), rows, table });
  };

  for (const write of plan.writes) {
    append(parts, upsert(write, bind(await inSlices(textOf(write.rows)))));
    expect(`write_${write.table}`, write.rows.length, write.table);
    if (write.updates > 0) expect(`keep_${write.table}`, write.updates, `${write.table}_history`);
  }
  for (const withdrawal of plan.withdrawals) {
    const { table, tombstones } = withdrawal;
    append(parts, withdraw(withdrawal, bind(await inSlices(textOf(tombstones)))));
    for (const part of ['withdrawn', 'tombstone'])
      expect(`${part}_${table}`, tombstones.length, `${table}_history`);
  }
  if (plan.documents.length > 0) {
    parts.push(`document_write AS (${putDocuments(plan.documents, bind)})`);
  }
  for (const { table, columns, rows } of plan.others) {
    if (rows.length === 0) continue;
    const names = columns.map(quoted).join(', ');
    const input = bind(await inSlices(textOf(rows)));
    parts.push(
      `${quoted(`write_${table}`)} AS (INSERT INTO ${quoted(table)} (${names})
        SELECT ${names} FROM json_populate_recordset(NULL::${quoted(table)}, ${input}::json) RETURNING 1)`,
    );
    expect(`write_${table}`, rows.length, table);
  }
  if (parts.length === 0) return;
  if (plan.documents.length > 0) expected.push({ part: 'document_write', rows: 0, table: DOCUMENT_TABLE });
  const counts = expected.map(({ part }) => `(SELECT count(*) FROM ${part})::integer`);
  const text = `WITH ${parts.join(',\n')}\nSELECT ARRAY[${counts.join(', ')}] AS counts, pg_current_xact_id()::text AS xid`;
  const { counts: written, xid } = await run(tx, text, values);
  for (const [index, { rows, table }] of expected.entries()) {
    if (table === DOCUMENT_TABLE) await checkDocuments(tx, plan.documents, written[index]!);
    else if (written[index] !== rows) throw new RowsNotWritten(table);
  }
  const committed = witness && (await inSlices(witness.wrote(plan, xid)));
  if (committed) afterCommit(tx, committed);
}

const ROWS_OF_SLICE = 100;

/** Rows as JSON. */
function* textOf(rows: readonly Row[]): Slices<string> {
  if (rows.length <= ROWS_OF_SLICE) return JSON.stringify(rows);
  const parts: string[] = [];
  for (let start = 0; start < rows.length; start += ROWS_OF_SLICE) {
    parts.push(JSON.stringify(rows.slice(start, start + ROWS_OF_SLICE)).slice(1, -1));
    yield;
  }
  return `[${parts.join(',')}]`;
}

/** PostgreSQL raises this for `INSERT … RETURNING` on a table with a rule `DO INSTEAD NOTHING`. */
const FEATURE_NOT_SUPPORTED = '0A000';

async function run(
  tx: Queryable,
  text: string,
  values: readonly unknown[],
): Promise<{ counts: number[]; xid: string }> {
  try {
    const [row] = await tx.query<{ counts: number[]; xid: string }>(
      { name: statementName('commit', text), text },
      values,
    );
    return row ?? { counts: [], xid: '0' };
  } catch (error) {
    if ((error as { code?: unknown }).code === FEATURE_NOT_SUPPORTED) throw new RowsNotWritten('a table');
    throw error;
  }
}

/** Checks documents that were not written: either they were stored before, or something prevented the row. */
async function checkDocuments(
  tx: Queryable,
  documents: readonly DocumentWrite[],
  written: number,
): Promise<void> {
  if (written === documents.length) return;
  if (
    !(await hasDocuments(
      tx,
      documents.map(({ sha256 }) => sha256),
    ))
  )
    throw new RowsNotWritten(DOCUMENT_TABLE);
}

function upsert({ table, columns, updates }: TableWrite, input: string): string[] {
  const names = columns.map(quoted).join(', ');
  const incoming = quoted(`in_${table}`);
  const parts = [
    `${incoming} AS MATERIALIZED (SELECT ${names} FROM json_populate_recordset(NULL::${quoted(table)}, ${input}::json))`,
  ];
  if (updates === 0) {
    parts.push(
      `${quoted(`write_${table}`)} AS (INSERT INTO ${quoted(table)} (${names}) SELECT ${names} FROM ${incoming} RETURNING 1)`,
    );
    return parts;
  }
  const stored = columns.map((name) => `stored.${quoted(name)}`).join(', ');
  const replaced = columns
    .filter((name) => name !== 'id')
    .map((name) => `${quoted(name)} = excluded.${quoted(name)}`);
  parts.push(
    `${quoted(`keep_${table}`)} AS (INSERT INTO ${quoted(`${table}_history`)} (${names}, xid)
      SELECT ${stored}, stored.xid FROM ${quoted(table)} AS stored JOIN ${incoming} AS incoming ON incoming.id = stored.id RETURNING 1)`,
    `${quoted(`write_${table}`)} AS (INSERT INTO ${quoted(table)} (${names}) SELECT ${names} FROM ${incoming}
      ON CONFLICT (id) DO UPDATE SET ${replaced.join(', ')}, xid = pg_current_xact_id() RETURNING 1)`,
  );
  return parts;
}

function withdraw({ table, columns }: TableWithdrawal, input: string): string[] {
  const names = columns.map(quoted).join(', ');
  const history = quoted(`${table}_history`);
  const incoming = quoted(`gone_${table}`);
  return [
    `${incoming} AS MATERIALIZED (SELECT ${names} FROM json_populate_recordset(NULL::${quoted(table)}, ${input}::json))`,
    `${quoted(`taken_${table}`)} AS (DELETE FROM ${quoted(table)} AS stored USING ${incoming} AS incoming
      WHERE stored.id = incoming.id RETURNING ${columns.map((name) => `stored.${quoted(name)}`).join(', ')}, stored.xid)`,
    `${quoted(`withdrawn_${table}`)} AS (INSERT INTO ${history} (${names}, xid) SELECT ${names}, xid FROM ${quoted(`taken_${table}`)} RETURNING 1)`,
    `${quoted(`tombstone_${table}`)} AS (INSERT INTO ${history} (${names}, xid, deleted)
      SELECT ${names}, pg_current_xact_id(), true FROM ${incoming} RETURNING 1)`,
  ];
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
