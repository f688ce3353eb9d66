/** Makes sure that only one node or command reindexes at a time. */
import type { Database, Session } from '../../platform/postgres';
import { runAlone, type Waiting } from './run-alone';

/** A batch takes some tens of milliseconds between two statements. */
const IDLE_MILLIS = 15_000;

/**
 * When the node that re-indexes stalls, another can take over after 15 seconds.
 * @param work must do everything on this session, which holds the lock
 */
export const reindexAlone = <T>(
  database: Pick<Database, 'session'>,
  waiting: Waiting,
  work: (session: Session) => Promise<T>,
): Promise<{ isMine: true; result: T } | { isMine: false }> =>
  runAlone(database, 'homeward.reindex', { ...waiting, idleMillis: IDLE_MILLIS }, work);
