/**
 * Limits the memory that requests hold at one time, over the whole process. It is a counter of bytes behind a small
 * interface, so that processes with a common listener could share it later.
 */

/** Bytes that are reserved until they are released. */
export interface Hold {
  /** Reserves more. @returns false when the limit is reached: nothing more is reserved then */
  grow(bytes: number): boolean;
  /** Releases all but this many bytes. */
  shrinkTo(bytes: number): void;
  release(): void;
}

export interface InFlight {
  readonly limit: number;
  /** An empty hold, to grow. */
  open(): Hold;
  /**
   * Reserves bytes as soon as they are free, in the order of the calls. More than the limit counts as the limit.
   * @returns undefined when the wait was too long, or the caller has disconnected
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
