/**
 * Passes heads to the anchors of a node. Each anchor has its own queue, so that a slow one does not delay the others. A
 * head that could not be stored is offered again. Records since when an anchor fails, and logs its name at most once a
 * minute.
 */
import { sparing } from '../../platform/warn-sparingly';
import type { Anchor } from './anchor';
import type { AnchoredHead } from './head';

export interface AnchorState {
  /** A path or an address. */
  name: string;
  /** Since when it fails; undefined when it works. */
  failingSince?: Date;
}

export interface Anchors {
  /** Adds a head to the queue of each anchor. */
  offer(head: AnchoredHead): void;
  /** Offers the heads in the queues. */
  hand(): Promise<void>;
  states(): AnchorState[];
}

/** The most heads that wait for a failing anchor. The latest are enough, because each head names the previous one. */
const MOST_WAITING = 1_000;

interface Waiting {
  anchor: Anchor;
  queue: AnchoredHead[];
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
