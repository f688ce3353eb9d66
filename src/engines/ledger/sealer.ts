/**
 * Seals about once a second in the background while the node runs, and passes each head to the anchors. Before each
 * seal it compares the database with the last head that this node made or saw.
 */
import { sparing } from '../../platform/warn-sparingly';
import type { Fault } from './fault';
import type { Anchors } from './anchors';
import { readHead, type SignedHead } from './head';
import { headsBetween } from './missing-heads';
import { meansHarm } from './missing-table';
import type { NodeMemory } from './node-memory';
import { lookAndSeal, type Looked, type Sealed, type SealOptions } from './seal';
import type { Queryable } from '../../platform/postgres';

export interface Sealer {
  /** Stops after the current seal. */
  stop(): Promise<void>;
  /** Since when this node has failed to seal; undefined when it seals, or another node does. */
  failing(): { since: Date; isHarmed: boolean } | undefined;
  /** When the oldest unsealed record was made; undefined when all are sealed. */
  oldestUnsealed(): Date | undefined;
}

export interface SealerOptions extends Omit<SealOptions, 'remembered' | 'database'> {
  database: SealOptions['database'] & Queryable;
  memory: NodeMemory;
  anchors: Anchors;
  isSigned: (head: SignedHead) => boolean;
  everyMillis?: number;
  onProblem: (text: string, error: unknown) => void;
  onAlarm: (alarm: Fault) => void;
}

/** How long an open transaction may delay sealing before the log reports it. */
const HELD_BACK_MILLIS = 60_000;

export function startSealer(options: SealerOptions): Sealer {
  const { everyMillis = 1_000, memory, anchors } = options;
  const onProblem = sparing(options.onProblem);
  const waitingSince = watchWaiting(options.now);
  let stopped = false;
  let failing: { since: Date; isHarmed: boolean } | undefined;
  let oldestUnsealed: number | undefined;
  let wake = (): void => undefined;
  /** The seal up to which the anchors had every head; undefined for a new node, which begins with its first. */
  let anchored = sealOf(memory.last());

  const learn = ({ last, missing }: Looked): void => {
    if (missing) {
      const alarm = alarmOf(missing);
      if (memory.raise(alarm, missing)) options.onAlarm(alarm);
    }
    if (last && options.isSigned(last)) memory.keep(last);
  };

  /** If the heads of other nodes cannot be read, those and this one are offered after the next seal. */
  const anchor = async ({ seal, head, signature, submissions = [] }: Sealed): Promise<void> => {
    const between = { after: anchored ?? seal, before: seal };
    for (const each of await headsBetween(options.database, between, options.isSigned)) anchors.offer(each);
    anchors.offer({ head, signature, submissions });
    anchored = seal;
  };

  const reportDelay = (): void => {
    if (oldestUnsealed === undefined || options.now().getTime() - oldestUnsealed < HELD_BACK_MILLIS) return;
    onProblem(
      'records have waited for more than a minute to be sealed. /_status shows since when. Look for a transaction that has been open since then (pg_stat_activity, pg_prepared_xacts)',
      undefined,
    );
  };

  const tick = async (): Promise<boolean> => {
    try {
      await memory.refresh();
      const looked = await lookAndSeal({ ...options, remembered: () => memory.last() });
      failing = undefined;
      oldestUnsealed = waitingSince(looked);
      learn(looked);
      if (looked.sealed) await anchor(looked.sealed);
      reportDelay();
      return looked.sealed?.more ?? false;
    } catch (error) {
      failing = { since: failing?.since ?? options.now(), isHarmed: meansHarm(error) };
      if (!stopped) onProblem('could not seal the ledger; the server tries again every second', error);
      return false;
    }
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      const more = await tick();
      await memory.save().catch(() => undefined); // said by the anchor that stands for it
      await anchors.hand();
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
    failing: () => failing,
    oldestUnsealed: () => (oldestUnsealed === undefined ? undefined : new Date(oldestUnsealed)),
    stop: async () => {
      stopped = true;
      wake();
      await running;
    },
  };
}

/** Since when records wait: by their ids, or since this node has seen that nothing more is sealed. */
function watchWaiting(now: () => Date): (looked: Looked) => number | undefined {
  let standing: { after: string; since: number } | undefined;
  return ({ oldestUnsealed: oldest, waitingAfter: after }) => {
    if (after === undefined) standing = undefined;
    else if (standing?.after !== after) standing = { after, since: now().getTime() };
    return standing === undefined ? oldest : Math.min(oldest ?? Infinity, standing.since);
  };
}

const sealOf = (head: SignedHead | undefined): number | undefined => head && readHead(head.head)?.seal;

function alarmOf(missing: SignedHead): Fault {
  const seal = readHead(missing.head)?.seal ?? 0;
  return {
    kind: 'cut',
    seal,
    text:
      `Seal ${seal}, which this node recorded, is missing or was replaced. The end of the ledger was removed, ` +
      'or the database was restored from a backup. If it was restored, run: homeward ledger accept --reason "…"',
  };
}
