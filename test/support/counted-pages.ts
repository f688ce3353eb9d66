/** Counts what PostgreSQL looks at for a statement: time says little on a busy machine. */
import type { Client } from 'pg';
import type { Statement } from '../../src/platform/postgres';

interface Plan {
  'QUERY PLAN': { Plan: Record<string, number> }[];
}

/** Runs the statement as a prepared one. @returns how many rows it gives, and how many pages PostgreSQL looks at */
export async function countedPages(
  client: Client,
  { statement, values }: { statement: Statement; values: readonly unknown[] },
): Promise<{ found: number; pages: number }> {
  const literal = (value: unknown): string =>
    client.escapeLiteral(
      Array.isArray(value) ? `{${value.map((each) => JSON.stringify(each)).join()}}` : String(value),
    );
  await client.query(`PREPARE asked AS ${statement.text}`);
  const run = `EXECUTE asked (${values.map(literal).join(', ')})`;
  const { rowCount } = await client.query(run);
  const { rows } = await client.query<Plan>(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${run}`);
  await client.query('DEALLOCATE asked');
  const plan = rows[0]!['QUERY PLAN'][0]!.Plan;
  return { found: rowCount ?? 0, pages: plan['Shared Hit Blocks']! + plan['Shared Read Blocks']! };
}
