/**
 * Rebuilds derived columns while others read and write: batch by batch, in the order of ids, writing only the rows that
 * differ. A reader sees a row before or after its change. A row that a submission has locked is skipped and tried
 * again, so that this never waits for a lock and never makes a submission fail. Facts do not change, nor does `xid`.
 * @see docs/decisions/0043-facts-and-derivations.md
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  deriveAll,
  differences,
  differs,
  historyOf,
  quoted,
  typeSql,
  type Derived,
  type IndexedTable,
} from '../indexing/indexed-table';
import type { StoredFacts } from '../indexing/stored-row';
import type { Queryable, Session } from '../../platform/postgres';
import { recordDone, recordProgress, type Reindexing } from './index-state';

export interface ReindexOptions {
  database: Session;
  table: IndexedTable;
  /** Resources in one batch. The event loop is blocked while their rows are made. */
  atOnce: number;
  stop?: AbortSignal | undefined;
  onProgress?: (batch: Batch) => void;
}

/** The result of one batch. */
export interface Batch {
  /** Versions that were checked. */
  looked: number;
  /** Versions that differed, and were written. */
  written: number;
  /** The same by type. */
  byType: ReadonlyMap<string, { looked: number; written: number }>;
}

/** The wait before a locked row is tried again. A submission releases its rows within milliseconds. */
const TRY_AGAIN_MILLIS = 20;

/**
 * Continues with a table that is being reindexed, to its end.
 * @returns how many rows were written; undefined when something else was requested in the meantime
 */
export async function reindexTable(
  options: ReindexOptions,
  reindexing: Reindexing,
): Promise<number | undefined> {
  const { database, table, atOnce, stop, onProgress } = options;
  const types = Object.keys(reindexing.wanted);
  let { after, done } = reindexing;
  let written = 0;
  for (;;) {
    stop?.throwIfAborted();
    const ids = await nextIds(database, table.name, types, table.typeColumn, { after, limit: atOnce });
    const last = ids.at(-1);
    if (last === undefined) break;
    const batch = await reindexResources(database, table, ids, stop);
    written += batch.written;
    done += batch.looked;
    after = last;
    onProgress?.(batch);
    if (!(await recordProgress(database, reindexing, after, done))) return undefined;
  }
  await recordDone(database, reindexing);
  return written;
}

/** The next resources of these types, withdrawn ones included. */
export async function nextIds(
  db: Queryable,
  table: string,
  types: readonly string[],
  typeColumn: string | undefined,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> {
  const isOne = typeColumn === undefined ? '' : ` AND ${quoted(typeColumn)} = ANY($3::text[])`;
  const from = (name: string): string =>
    `(SELECT id FROM ${quoted(name)} WHERE id > $1::uuid${isOne} ORDER BY id LIMIT $2)`;
  const rows = await db.query<{ id: string }>(
    {
      text: `SELECT id FROM (${from(table)} UNION ${from(historyOf(table))}) AS ids ORDER BY id LIMIT $2`,
    },
    [after, limit, ...(typeColumn === undefined ? [] : [types])],
  );
  return rows.map(({ id }) => id);
}

async function reindexResources(
  database: Session,
  table: IndexedTable,
  ids: readonly string[],
  stop: AbortSignal | undefined,
): Promise<Batch> {
  const byType = new Map<string, { looked: number; written: number }>();
  const count = (type: string, what: 'looked' | 'written'): void => {
    const counts = byType.get(type) ?? { looked: 0, written: 0 };
    counts[what] += 1;
    byType.set(type, counts);
  };
  const { looked, different } = await compare(database, table, ids);
  for (const type of looked) count(type, 'looked');
  let written = 0;
  let wanted = different;
  while (wanted.length > 0) {
    stop?.throwIfAborted();
    const result = await database.transaction((tx) => rewrite(tx, table, wanted));
    for (const type of result.written) count(type, 'written');
    written += result.written.length;
    wanted = result.held;
    if (wanted.length > 0) await sleep(TRY_AGAIN_MILLIS);
  }
  return { looked: looked.length, written, byType };
}

/**
 * Finds the resources with a version that differs from its definition. Locks and writes nothing.
 * @returns the type of each version that was checked, and the ids of those resources
 */
async function compare(
  db: Queryable,
  table: IndexedTable,
  ids: readonly string[],
): Promise<{ looked: string[]; different: string[] }> {
  const different = new Set<string>();
  const looked: string[] = [];
  for (const stored of [table.name, historyOf(table.name)]) {
    const { made, types } = await makeAgain(db, table, stored, ids);
    looked.push(...types);
    for (const { id } of await differences(db, table, stored, made)) different.add(id);
  }
  return { looked, different: [...different] };
}

async function makeAgain(
  db: Queryable,
  table: IndexedTable,
  stored: string,
  ids: readonly string[],
): Promise<Derived & { types: string[] }> {
  const rows = await db.query<StoredFacts & Record<string, unknown>>(
    {
      text: `SELECT ${typeSql(table, 'r')} AS type, r.id, r.version_id, r.content FROM ${quoted(stored)} AS r
        WHERE r.id = ANY($1::uuid[])`,
    },
    [ids],
  );
  return { ...deriveAll(table, rows), types: rows.map(({ type }) => type) };
}

/**
 * Writes the rows that differ. Locks the current version first, so that it cannot become an earlier one meanwhile.
 * @returns the type of each row that was written, and the resources that another transaction holds
 */
async function rewrite(
  tx: Queryable,
  table: IndexedTable,
  ids: readonly string[],
): Promise<{ written: string[]; held: string[] }> {
  const { free, held } = await lockFree(tx, table.name, ids);
  const written: string[] = [];
  for (const stored of [table.name, historyOf(table.name)]) {
    const { made } = await makeAgain(tx, table, stored, free);
    const names = table.derived.map(quoted);
    const rows = await tx.query<{ type: string }>(
      {
        text: `UPDATE ${quoted(stored)} AS r SET (${names.join(', ')}) = ROW(${names.map((name) => `n.${name}`).join(', ')})
          FROM json_populate_recordset(NULL::${quoted(stored)}, $1::json) AS n
          WHERE r.id = n.id AND r.version_id = n.version_id AND ${differs(table)} RETURNING ${typeSql(table, 'r')} AS type`,
      },
      [JSON.stringify(made)],
    );
    written.push(...rows.map(({ type }) => type));
  }
  return { written, held };
}

/** Locks the current versions of resources, except those that another transaction holds. */
export async function lockFree(
  tx: Queryable,
  table: string,
  ids: readonly string[],
): Promise<{ free: string[]; held: string[] }> {
  const all = await tx.query<{ id: string }>(
    { text: `SELECT id FROM ${quoted(table)} WHERE id = ANY($1::uuid[])` },
    [ids],
  );
  const locked = await tx.query<{ id: string }>(
    { text: `SELECT id FROM ${quoted(table)} WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED` },
    [ids],
  );
  const mine = new Set(locked.map(({ id }) => id));
  const held = new Set(all.map(({ id }) => id).filter((id) => !mine.has(id)));
  return { free: ids.filter((id) => !held.has(id)), held: [...held] };
}
