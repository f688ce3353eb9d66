/**
 * Hands heads to the anchors of a node, each at its own pace, and knows since when one of them fails. What could not be
 * kept is offered again; the log names the anchor once a minute at most.
 */
import { sparing } from '../../platform/warn-sparingly';
import type { Anchor } from './anchor';
import type { SignedHead } from './head';

export interface AnchorState {
  /** A path or an address. */
  name: string;
  /** Since when it fails; undefined while it does not. */
  failingSince?: Date;
}

export interface Anchors {
  /** Adds a head to what each anchor is offered. */
  offer(head: SignedHead): void;
  /** Offers what waits. */
  hand(): Promise<void>;
  states(): AnchorState[];
}

/** Heads that wait for an anchor that is away: the last ones are enough, since each names the one before. */
const MOST_WAITING = 1_000;

interface Waiting {
  anchor: Anchor;
  queue: SignedHead[];
  failingSince: Date | undefined;
}

export function createAnchors(
  anchors: readonly Anchor[],
  now: () => Date,
  onProblem: (text: string, error: unknown) => void,
): Anchors {
  const report = sparing(onProblem);
  const all = anchors.map((anchor): Waiting => ({
    anchor,
    queue: [],
    failingSince: undefined,
  }));
  const handTo = async (waiting: Waiting): Promise<void> => {
    const { anchor, queue } = waiting;
    try {
      for (let head = queue[0]; head; head = queue[0]) {
        await anchor.keep(head);
        queue.shift();
        waiting.failingSince = undefined;
      }
    } catch (error) {
      waiting.failingSince ??= now();
      report(`cannot anchor the ledger at ${anchor.name}; the server tries again every second`, error);
    }
  };
  return {
    offer: (head) => {
      for (const { queue } of all) {
        queue.push(head);
        if (queue.length > MOST_WAITING) queue.shift();
      }
    },
    hand: async () => {
      for (const each of all) await handTo(each);
    },
    states: () =>
      all.map(({ anchor: { name }, failingSince }) => ({ name, ...(failingSince ? { failingSince } : {}) })),
  };
}
