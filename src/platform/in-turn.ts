/**
 * Work on the same things goes one after the other within this process, before it takes a connection: a hundred
 * submissions for one patient then wait here, and not with all the connections of the pool in their hands.
 * Between processes the locks of the database do the same (docs/decisions/0008-locks.md).
 */
import { DatabaseUnavailable } from './postgres';

/** The end of the line for each key; absent where nobody stands. */
const lines = new Map<string, Promise<void>>();

/**
 * Runs `work` when nobody else works on any of the keys. Keys are taken in their order, so that no two can wait for
 * each other.
 * @throws DatabaseUnavailable where the wait for a turn timed out, in milliseconds
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
      // Whoever comes later waits for this turn, and for those before it even where this one gives up.
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
