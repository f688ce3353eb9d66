/**
 * Moves the rows of a type into the table of its definition: every version of a resource in one transaction, with its
 * facts unchanged and its derived columns rebuilt.
 * @see docs/decisions/0043-facts-and-derivations.md
 */
import { BASE_COLUMNS } from '../indexing/columns';
import { deriveAll, historyOf, quoted, type IndexedTable } from '../indexing/indexed-table';
import type { StoredFacts } from '../indexing/stored-row';
import { RowsNotWritten, type Queryable, type Session } from '../../platform/postgres';
import { lockFree, nextIds } from './reindex';

export interface Move {
  type: string;
  /** The table with the rows, and the column that gives the type of each; absent when all are of the type. */
  from: { table: string; typeColumn?: string };
  into: IndexedTable;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const AT_ONCE = 200;
const FACTS = [...BASE_COLUMNS.map(({ name }) => name), 'xid'];
const ENDED = ['superseded_xid', 'superseded_at', 'deleted'];

/** @returns how many versions were moved */
export async function moveRows(
  database: Session,
  move: Move,
  onProgress: (moved: number) => void,
  stop?: AbortSignal,
): Promise<number> {
  const { type, from } = move;
  let moved = 0;
  // Repeats for rows that another transaction held. Rows that cannot be moved stay, and verification names them.
  for (let inThisPass = -1; inThisPass !== 0;) {
    inThisPass = 0;
    for (let after = FIRST_ID; ;) {
      stop?.throwIfAborted();
      const page = { after, limit: AT_ONCE };
      const ids = await nextIds(database, from.table, [type], from.typeColumn, page);
      const last = ids.at(-1);
      if (last === undefined) break;
      after = last;
      inThisPass += await database.transaction((tx) => moveBatch(tx, move, ids));
      onProgress(moved + inThisPass);
    }
    moved += inThisPass;
  }
  return moved;
}

async function moveBatch(tx: Queryable, move: Move, ids: readonly string[]): Promise<number> {
  const { type, from, into } = move;
  const { free } = await lockFree(tx, from.table, ids);
  const read = (stored: string): Promise<StoredFacts[]> =>
    tx.query<StoredFacts & Record<string, unknown>>(
      {
        text: `SELECT $2::text AS type, r.id, r.version_id, r.content FROM ${quoted(stored)} AS r
          WHERE r.id = ANY($1::uuid[]) AND ${isOne(from, '$2')}`,
      },
      [free, type],
    );
  const current = deriveAll(into, await read(from.table));
  const past = deriveAll(into, await read(historyOf(from.table)));
  const stays = new Set([...current.unmade, ...past.unmade].map(({ id }) => id));
  const goes = free.filter((id) => !stays.has(id));
  return (
    (await moveStored(tx, move, goes, current.made, false)) +
    (await moveStored(tx, move, goes, past.made, true))
  );
}

const isOne = ({ typeColumn }: Move['from'], type: string): string =>
  typeColumn === undefined ? `${type}::text IS NOT NULL` : `r.${quoted(typeColumn)} = ${type}`;

/** @param past true for histories */
async function moveStored(
  tx: Queryable,
  { type, from, into }: Move,
  ids: readonly string[],
  made: readonly unknown[],
  past: boolean,
): Promise<number> {
  const [source, target] = past ? [historyOf(from.table), historyOf(into.name)] : [from.table, into.name];
  const facts = [...FACTS, ...(past ? ENDED : [])].map(quoted);
  const derived = [...into.derived, ...(into.typeColumn === undefined ? [] : [into.typeColumn])].map(quoted);
  const [row] = await tx.query<{ gone: number; come: number }>(
    {
      text: `WITH gone AS (DELETE FROM ${quoted(source)} AS r WHERE r.id = ANY($1::uuid[]) AND ${isOne(from, '$2')}
          RETURNING ${facts.map((name) => `r.${name}`).join(', ')}),
        come AS (INSERT INTO ${quoted(target)} (${[...facts, ...derived].join(', ')})
          SELECT ${[...facts.map((name) => `gone.${name}`), ...derived.map((name) => `n.${name}`)].join(', ')}
          FROM gone JOIN json_populate_recordset(NULL::${quoted(target)}, $3::json) AS n
            ON n.id = gone.id AND n.version_id = gone.version_id RETURNING 1)
        SELECT (SELECT count(*) FROM gone)::integer AS gone, (SELECT count(*) FROM come)::integer AS come`,
    },
    [ids, type, JSON.stringify(made)],
  );
  if (row?.gone !== row?.come) throw new RowsNotWritten(target);
  return row?.come ?? 0;
}
