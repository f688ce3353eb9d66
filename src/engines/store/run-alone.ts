/**
 * Makes sure that only one node or command at a time does a piece of work, such as a re-index. The lock ends with its connection, even if its holder
 * is killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Queryable, Session } from '../../platform/postgres';

export interface Waiting {
  /** False to give up when another node or command holds the lock. */
  waits: boolean;
  /** Called once, when it must wait. */
  onWait?: () => void;
  stop?: AbortSignal | undefined;
  /**
   * PostgreSQL ends a session that asks nothing of it for so long, and with it the lock. Then another node takes over from
   * one that has stalled, or whose machine is lost. Only for work that never pauses so long between two statements.
   */
  idleMillis?: number;
}

const ASK_AGAIN_MILLIS = 500;

/**
 * @param name of the lock, the same on every node
 * @param work must do everything on this session, which holds the lock
 */
export async function runAlone<T>(
  database: Pick<Database, 'session'>,
  name: string,
  { waits, onWait, stop, idleMillis }: Waiting,
  work: (session: Session) => Promise<T>,
): Promise<{ isMine: true; result: T } | { isMine: false }> {
  return database.session(async (session) => {
    for (let told = false; ; await sleep(ASK_AGAIN_MILLIS)) {
      stop?.throwIfAborted();
      const [row] = await session.query<{ mine: boolean }>(
        { text: 'SELECT pg_try_advisory_lock(hashtext($1)) AS mine' },
        [name],
      );
      if (row?.mine) return { isMine: true, result: await whileNotIdle(session, idleMillis, work) };
      if (!waits) return { isMine: false };
      if (!told) onWait?.();
      told = true;
    }
  });
}

async function whileNotIdle<T>(
  session: Session,
  idleMillis: number | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  if (idleMillis === undefined) return work(session);
  await limitIdleness(session, idleMillis);
  const result = await work(session);
  // The connection goes back to the pool. After an error it is closed.
  await allowIdleness(session);
  return result;
}

/** Lets PostgreSQL end this session, and free its locks, when nothing is asked of it for so long. */
export async function limitIdleness(session: Queryable, idleMillis: number): Promise<void> {
  await session.query({ text: LIMIT_IDLENESS }, [String(idleMillis)]);
}

export async function allowIdleness(session: Queryable): Promise<void> {
  await session.query({ text: 'RESET idle_session_timeout' });
  await session.query({ text: 'RESET idle_in_transaction_session_timeout' });
}

const LIMIT_IDLENESS = `SELECT set_config('idle_session_timeout', $1, false),
  set_config('idle_in_transaction_session_timeout', $1, false)`;
