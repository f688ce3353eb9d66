/** Seals about once a second while the node runs, in the background, and hands each head to the anchors. */
import type { SignedHead } from './head';
import type { Anchor } from './anchor';
import { seal, type SealOptions } from './seal';

export interface Sealer {
  /** Ends after the seal in hand. */
  stop(): Promise<void>;
  /** The last head that this node has sealed or handed on. */
  lastHead(): SignedHead | undefined;
  /** Since when this node has failed to seal; undefined while it does, or another node does it. */
  failingSince(): Date | undefined;
}

export interface SealerOptions extends SealOptions {
  anchors: readonly Anchor[];
  everyMillis?: number;
  onProblem: (text: string, error: unknown) => void;
}

/** Heads that wait for an anchor that is away: the last ones are enough, since each names the one before. */
const MOST_WAITING = 1_000;

export function startSealer(options: SealerOptions): Sealer {
  const { everyMillis = 1_000, onProblem } = options;
  let stopped = false;
  let last: SignedHead | undefined;
  let failingSince: Date | undefined;
  let wake = (): void => undefined;
  const waiting = options.anchors.map((): SignedHead[] => []);

  const tick = async (): Promise<boolean> => {
    try {
      const sealed = await seal(options);
      failingSince = undefined;
      if (!sealed) return false;
      last = { head: sealed.head, signature: sealed.signature };
      for (const queue of waiting) {
        queue.push(last);
        if (queue.length > MOST_WAITING) queue.shift();
      }
      return sealed.more;
    } catch (error) {
      failingSince ??= options.now();
      if (!stopped) onProblem('the ledger could not be sealed', error);
      return false;
    }
  };

  const hand = async (): Promise<void> => {
    for (const [index, anchor] of options.anchors.entries()) {
      const queue = waiting[index]!;
      try {
        for (let head = queue[0]; head; head = queue[0]) {
          await anchor.keep(head);
          queue.shift();
        }
      } catch (error) {
        onProblem('a head of the ledger could not be anchored; it is offered again', error);
      }
    }
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      const more = await tick();
      await hand();
      if (more || stopped) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMillis);
        timer.unref();
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };

  const running = run();
  return {
    lastHead: () => last,
    failingSince: () => failingSince,
    stop: async () => {
      stopped = true;
      wake();
      await running;
    },
  };
}
