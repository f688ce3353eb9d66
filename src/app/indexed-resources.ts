/** Makes the rows of each type, and keeps them up to date, from the definitions. */
import { storedResources } from '../resources';
import type { Logger } from '../platform/logger';
import type { Database } from '../platform/postgres';
import { backgroundReindex, type BackgroundReindex } from './background-reindex';
import { bringIndexUpToDate, indexedBy, pendingTypes, type Indexed } from './indexing';

let indexed: Indexed | undefined;

/** Every type that has rows. Made once. */
export const indexedResources = (): Indexed => (indexed ??= indexedBy(storedResources));

/** Types whose derived columns may not match the definitions. */
export const pendingResources = (database: Database): Promise<string[]> =>
  pendingTypes(database, indexedResources());

/**
 * Moves every row into its table, and returns the background work that rebuilds the columns.
 * @throws StartFailure when rows cannot be moved
 */
export async function keepIndexed(
  database: Database,
  log: Logger,
  stop: AbortSignal | undefined,
): Promise<BackgroundReindex> {
  const say = (message: string, fields?: object): void => log.info(fields ?? {}, message);
  await bringIndexUpToDate({ database, indexed: indexedResources(), say, stop });
  return backgroundReindex(database, indexedResources(), log);
}

/** For a worker process: its node's first process does the work. */
export const waitingReindex = (database: Database, log: Logger): BackgroundReindex => ({
  ...backgroundReindex(database, indexedResources(), log),
  start: () => undefined,
});
