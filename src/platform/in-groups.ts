/**
 * Gathers items into groups, so that one statement writes many. The first item is written at once, together with the
 * others of the same turn of the event loop; items that arrive during a write join the next group. Under load a group
 * waits up to `GATHER_MILLIS` for most of the requests in progress, because a statement costs more than the rows in it.
 *
 * @example
 * const rows = inGroups<Row>((group) => insert(group));
 * const answered = rows.expect();
 * rows.add(row);
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Groups<T> {
  add(item: T): void;
  /** Announces a request that will add an item. @returns a function to call when the request is answered */
  expect(): () => void;
}

/** A group waits for more items only when at least this many requests are in progress. */
const MANY_UNDER_WAY = 8;
/** It waits until this share of the requests in progress has joined the group, */
const MOST_OF_THEM = 0.8;
/** and at most this long. */
const GATHER_MILLIS = 3;

/** The most items in one group, so that the first one of a large group does not wait long. */
const LARGEST_GROUP = 500;

/** @param write must not throw: it reports to each item what became of it */
export function inGroups<T>(write: (group: readonly T[]) => Promise<void>): Groups<T> {
  let waiting: T[] = [];
  let busy = false;
  let underWay = 0;
  let gathered: (() => void) | undefined;

  const isWorthWaiting = (): boolean =>
    underWay >= MANY_UNDER_WAY && waiting.length < underWay * MOST_OF_THEM;

  const gather = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, GATHER_MILLIS);
      gathered = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const drain = async (): Promise<void> => {
    busy = true;
    await nextTurn();
    while (waiting.length > 0) {
      if (isWorthWaiting()) await gather();
      const group = waiting.slice(0, LARGEST_GROUP);
      waiting = waiting.slice(group.length);
      await write(group);
    }
    busy = false;
  };

  return {
    add(item) {
      waiting.push(item);
      if (!busy) void drain();
      else if (!isWorthWaiting()) gathered?.();
    },
    expect: () => {
      underWay += 1;
      return () => {
        underWay -= 1;
      };
    },
  };
}
