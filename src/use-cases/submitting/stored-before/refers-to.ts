/**
 * Looks through a patient's stored data for references to some stays or documents. How much others have stored about the
 * patient must not decide whether a correction is accepted, so a look has a time of its own.
 */
import type { QueryResultRow } from 'pg';
import type { Queryable, Statement } from '../../../platform/postgres';
import { isCancelled } from '../too-costly';

/** A patient's whole record takes some milliseconds; only one that was filled on purpose takes seconds. */
const MOST_MILLIS = 2_000;

/** Never more than the server's own limit, which 0 leaves out. */
const LIMIT = `SELECT set_config(name, least(nullif(setting::int, 0), ${MOST_MILLIS})::text, true)
  FROM pg_settings WHERE name = 'statement_timeout'`;

/** @returns undefined where the time is up; the transaction goes on */
export async function lookWithinTime<R extends QueryResultRow>(
  tx: Queryable,
  statement: Statement,
  values: readonly unknown[],
): Promise<R[] | undefined> {
  await tx.query({ text: 'SAVEPOINT look' });
  await tx.query({ name: 'limit_look', text: LIMIT });
  let rows: R[] | undefined;
  try {
    rows = await tx.query<R>(statement, values);
  } catch (error) {
    if (!isCancelled(error)) throw error;
  }
  // The look changes nothing, so only its time limit is undone.
  await tx.query({ text: 'ROLLBACK TO SAVEPOINT look' });
  await tx.query({ text: 'RELEASE SAVEPOINT look' });
  return rows;
}

/**
 * True of a text that refers to one of the names. The text is read once, however many there are.
 * @param types of which the names are: `Encounter`
 * @param names an expression: names such as `Encounter/<uuid>`
 * @param end what follows the id: nothing, so that a version may follow, or a quotation mark
 */
export const refersTo = (types: readonly string[], names: string, end: '' | '"'): string =>
  `EXISTS (SELECT FROM regexp_matches(content, '"((?:${types.join('|')})/[0-9a-f-]{36})${end}', 'g') AS found (parts)
    WHERE parts[1] = ANY(${names}))`;
