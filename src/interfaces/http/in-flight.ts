/**
 * What requests may hold in memory at one time, over the whole process: a counter of bytes behind a small interface,
 * so that processes that share a listener can come to share it.
 */

/** Bytes that are taken, until they are given back. */
export interface Hold {
  /** Takes more. @returns false where there is no room: nothing more is taken then */
  grow(bytes: number): boolean;
  /** Gives back all but so many. */
  shrinkTo(bytes: number): void;
  release(): void;
}

export interface InFlight {
  readonly limit: number;
  /** An empty hold, to grow. */
  open(): Hold;
  /**
   * Takes bytes as soon as there is room, after those who came before. More than the limit is taken as the limit.
   * @returns undefined where the wait was too long, or nobody waits any more
   */
  take(bytes: number, waiting: { millis: number; signal: AbortSignal }): Promise<Hold | undefined>;
}

interface Waiting {
  bytes: number;
  begin: () => void;
}

export function inFlight(limit: number): InFlight {
  let taken = 0;
  const queue = new Set<Waiting>();

  const admit = (): void => {
    for (const each of queue) {
      if (taken > 0 && taken + each.bytes > limit) return;
      queue.delete(each);
      each.begin();
    }
  };

  const holdOf = (bytes: number): Hold => {
    let mine = bytes;
    taken += bytes;
    const shrinkTo = (left: number): void => {
      if (left >= mine) return;
      taken -= mine - left;
      mine = left;
      admit();
    };
    return {
      grow(more) {
        if (taken + more > limit) return false;
        taken += more;
        mine += more;
        return true;
      },
      shrinkTo,
      release: () => shrinkTo(0),
    };
  };

  return {
    limit,
    open: () => holdOf(0),
    take(wanted, { millis, signal }) {
      const bytes = Math.min(wanted, limit);
      if (signal.aborted) return Promise.resolve(undefined);
      if (queue.size === 0 && taken + bytes <= limit) return Promise.resolve(holdOf(bytes));
      return new Promise((resolve) => {
        const leave = (): void => {
          queue.delete(waiting);
          clearTimeout(timer);
          signal.removeEventListener('abort', giveUp);
        };
        const giveUp = (): void => {
          leave();
          resolve(undefined);
          admit();
        };
        const waiting: Waiting = {
          bytes,
          begin: () => {
            leave();
            resolve(holdOf(bytes));
          },
        };
        const timer = setTimeout(giveUp, millis);
        signal.addEventListener('abort', giveUp);
        queue.add(waiting);
      });
    },
  };
}
