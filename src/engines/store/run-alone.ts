/**
 * Makes sure that only one node or command at a time does a piece of work, such as a re-index. The lock ends with its connection, even if its holder
 * is killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Session } from '../../platform/postgres';

export interface Waiting {
  /** False to give up when another node or command holds the lock. */
  waits: boolean;
  /** Called once, when it must wait. */
  onWait?: () => void;
  stop?: AbortSignal | undefined;
}

const ASK_AGAIN_MILLIS = 500;

/**
 * @param name of the lock, the same on every node
 * @param work must do everything on this session, which holds the lock
 */
export async function runAlone<T>(
  database: Pick<Database, 'session'>,
  name: string,
  { waits, onWait, stop }: Waiting,
  work: (session: Session) => Promise<T>,
): Promise<{ isMine: true; result: T } | { isMine: false }> {
  return database.session(async (session) => {
    for (let told = false; ; await sleep(ASK_AGAIN_MILLIS)) {
      stop?.throwIfAborted();
      const [row] = await session.query<{ mine: boolean }>(
        { text: 'SELECT pg_try_advisory_lock(hashtext($1)) AS mine' },
        [name],
      );
      if (row?.mine) return { isMine: true, result: await work(session) };
      if (!waits) return { isMine: false };
      if (!told) onWait?.();
      told = true;
    }
  });
}
