/**
 * Lets each holder, such as a sender, have so many pieces of work in progress at once in this process. Its other work
 * waits in the order in which it came, and that of other holders does not wait for it.
 *
 * @example
 * const leave = await shares.take('RR8', { millis: 5_000 });
 * try { … } finally { leave?.() }
 */

/** Gives the place back. To be called once. */
export type Leave = () => void;

export interface Shares {
  /** @returns undefined when the holder has no place free */
  tryTake(holder: string): Leave | undefined;
  /** Waits for a place. @returns undefined when none was free in time, or the signal was aborted */
  take(holder: string, waiting: { millis: number; signal?: AbortSignal }): Promise<Leave | undefined>;
}

interface Share {
  used: number;
  waiting: Set<(leave: Leave | undefined) => void>;
}

/** @param places of each holder */
export function sharesOf(places: number): Shares {
  const all = new Map<string, Share>();
  const of = (holder: string): Share => {
    const known = all.get(holder) ?? { used: 0, waiting: new Set() };
    all.set(holder, known);
    return known;
  };
  const leave = (holder: string, share: Share) => (): void => {
    const [next] = share.waiting;
    if (next) next(leave(holder, share));
    else {
      share.used -= 1;
      if (share.used === 0) all.delete(holder);
    }
  };
  const tryTake = (holder: string): Leave | undefined => {
    const share = of(holder);
    if (share.used >= places) return undefined;
    share.used += 1;
    return leave(holder, share);
  };
  return {
    tryTake,
    take(holder, { millis, signal }) {
      if (signal?.aborted === true) return Promise.resolve(undefined);
      const free = tryTake(holder);
      if (free) return Promise.resolve(free);
      const { waiting } = of(holder);
      return new Promise((resolve) => {
        const end = (place: Leave | undefined): void => {
          waiting.delete(end);
          clearTimeout(timer);
          signal?.removeEventListener('abort', giveUp);
          resolve(place);
        };
        const giveUp = (): void => end(undefined);
        const timer = setTimeout(giveUp, millis);
        signal?.addEventListener('abort', giveUp);
        waiting.add(end);
      });
    },
  };
}

/** For work inside of work that has a place already. */
export const unshared: Shares = {
  tryTake: () => () => undefined,
  take: () => Promise.resolve(() => undefined),
};
