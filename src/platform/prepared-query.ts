/**
 * Runs one statement with its values on a connection. `pg` copies a statement that is given as an object, with all its
 * property descriptors, before it runs it; a `Query` is run as it is.
 * @see https://node-postgres.com/apis/client#clientquery
 */
import { Query, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';

interface NamedText {
  name?: string;
  text: string;
}

export function rowsFrom<R extends QueryResultRow>(
  client: PoolClient,
  { name, text }: NamedText,
  values: readonly unknown[],
): Promise<R[]> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | undefined, result: unknown): void => {
      if (error) {
        // Where the statement was run, not where its answer was read.
        Error.captureStackTrace(error);
        reject(error);
      } else resolve((result as QueryResult<R>).rows);
    };
    const query = new Query<R, unknown[]>(text, values as unknown[], done);
    if (name !== undefined) (query as { name?: string }).name = name;
    client.query(query);
  });
}
