/**
 * Runs work on the same keys one after the other within this process, before it takes a connection. So a hundred
 * submissions for one patient wait here, and do not use all connections of the pool. Between processes the locks of the
 * database have the same effect (docs/decisions/0008-locks.md).
 */
import { DatabaseUnavailable } from './postgres';

/** The last waiting work for each key; absent when there is none. */
const lines = new Map<string, Promise<void>>();

/**
 * Runs `work` when no other work uses any of the keys. Keys are taken in a fixed order, so that two calls cannot wait
 * for each other.
 * @throws DatabaseUnavailable when the turn does not come within the timeout, in milliseconds
 */
export async function inTurn<T>(
  keys: Iterable<string>,
  timeoutMillis: number,
  work: () => Promise<T>,
): Promise<T> {
  const until = Date.now() + timeoutMillis;
  const leave: (() => void)[] = [];
  try {
    for (const key of [...new Set(keys)].sort()) {
      const before = lines.get(key);
      let done!: () => void;
      // Later calls wait for this turn, and for the earlier ones even if this one gives up.
      const turn = new Promise<void>((resolve) => (done = resolve));
      const mine = before ? before.then(() => turn) : turn;
      lines.set(key, mine);
      void mine.then(() => {
        if (lines.get(key) === mine) lines.delete(key);
      });
      leave.push(done);
      if (before) await inTime(before, until);
    }
    return await work();
  } finally {
    for (const each of leave) each();
  }
}

function inTime(before: Promise<void>, until: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new DatabaseUnavailable(new Error('the wait for a turn timed out'))),
      Math.max(0, until - Date.now()),
    );
    void before.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
