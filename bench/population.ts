/**
 * A store with very many stays, in minutes: the rows of the first ones are made by several processes, those of the
 * others are copies of them (copies.ts), and the indexes that no insert needs are made again afterwards, which is faster
 * than keeping them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { showProgress } from '../src/interfaces/cli/progress';
import { copyStays } from './copies';
import { openPool } from './open-pool';
import type { Range } from './population-worker';
import { TYPESCRIPT } from './typescript';

/** Stays that one process loads by itself, so that the others find every organisation there. */
export const FIRST_STAYS = 1_000;
/** Stays that take the path of a submission; those after them are copies. */
const LOADED_STAYS = 10_000;
/** Every tenth stay is the second one of a patient of the nine before it: one process loads all ten. */
const TOGETHER = 10;

/** Loads the stays from `range.from` to `range.to`; the tables are those of a migrated database. */
export async function populate(range: Range): Promise<void> {
  const progress = showProgress(process.stdout, 'stays loaded', range.to - range.from);
  const isFirst = range.from < FIRST_STAYS;
  const pool = openPool(range.connection, 1);
  try {
    const indexes = isFirst ? [] : await dropIndexes(pool);
    const advance = (more: number): void => progress.advance(more);
    const loaded = { ...range, to: Math.min(range.to, LOADED_STAYS) };
    const ranges = isFirst ? [loaded] : shares(loaded, Math.max(2, availableParallelism()));
    await Promise.all(ranges.map((share) => loadIn(share, advance)));
    if (range.to > loaded.to)
      await copyStays({ ...range, from: Math.max(range.from, loaded.to), loaded: loaded.to }, advance);
    progress.finish();
    for (const definition of indexes) await pool.query(definition);
    await pool.query('VACUUM (ANALYZE)');
  } finally {
    await pool.end();
  }
}

function shares(range: Range, count: number): Range[] {
  const size = Math.ceil((range.to - range.from) / count / TOGETHER) * TOGETHER;
  return Array.from({ length: count }, (_, i) => ({
    ...range,
    from: range.from + i * size,
    to: Math.min(range.to, range.from + (i + 1) * size),
  })).filter(({ from, to }) => from < to);
}

async function loadIn(range: Range, advance: (more: number) => void): Promise<void> {
  const child = fork(join(__dirname, 'population-worker.ts'), [JSON.stringify(range)], {
    execArgv: [...TYPESCRIPT],
    env: {},
  });
  let done = 0;
  child.on('message', (loaded: number) => {
    advance(loaded - done);
    done = loaded;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('a process that loads stays has failed');
}

/** @returns the statements that make them again */
async function dropIndexes(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string; definition: string }>(`
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE NOT indisunique AND pg_class.relkind = 'i' AND NOT pg_class.relispartition
      AND pg_class.relnamespace = 'public'::regnamespace`);
  for (const { name } of rows) await pool.query(`DROP INDEX ${name}`);
  return ["SET maintenance_work_mem = '1GB'", ...rows.map(({ definition }) => definition)];
}
