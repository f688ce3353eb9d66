/**
 * Runs a worker for each destination, on one node at a time, and knows the state of every queue. The destinations may
 * change while the server runs: a new one gets a worker within a second, and one that is gone keeps its deliveries.
 *
 * @example
 * const forwarding = openForwarding({ database, lease, destinations: () => [gpRecords, trustEngine], … });
 * forwarding.start();
 * forwarding.health(); // [{ name: 'gp-records', status: 'warn', output: 'no delivery was accepted since …' }]
 * await forwarding.stop();
 */
import { randomUUID } from 'node:crypto';
import {
  beginAttempt,
  countDeliveries,
  endAttempt,
  giveUpUnknown,
  nextDelivery,
  queueStates,
  readPayload,
  type DeliveryCount,
  type QueueState,
  type WaitingDelivery,
} from '../../engines/store/outbox';
import type { Database } from '../../platform/postgres';
import { deliverInOrder, type Worker } from './deliver';
import type { Content, Destination } from './outbox';
import { queueHealth, type QueueHealth } from './queue-health';

/** Runs work on one node at a time, until the signal. */
export type Lease = (
  name: string,
  work: (held: AbortSignal) => Promise<void>,
  signal: AbortSignal,
) => Promise<void>;

export interface ForwardingDependencies {
  database: Database;
  lease: Lease;
  /** The destinations as they are configured now; each name once. */
  destinations: () => readonly Destination[];
  /** The bytes of a submission; undefined when it is no longer stored. */
  contentOf: (submissionId: string) => Promise<Content | undefined>;
  /** Records that a submission leaves this server. */
  leaves: (delivery: WaitingDelivery) => Promise<void>;
  now: () => Date;
  /** Reports a failed attempt: the destination and the reason, without patient data. */
  onAgain: (name: string, reason: string) => void;
  /** Reports a delivery that was refused or given up, or of which a part was not delivered. */
  onNotDelivered: (name: string, reason: string) => void;
  onProblem: (error: unknown) => void;
}

export interface Forwarding {
  start(): void;
  /** Finishes the attempts under way (10 s at most). */
  stop(): Promise<void>;
  /** The state of each destination, as of a moment ago. */
  health(): QueueHealth[];
  /** How many deliveries each destination has in each state, as of a moment ago: for metrics. */
  counts(): Promise<readonly DeliveryCount[]>;
}

const CHECK_EVERY_MILLIS = 500;
const STATES_EVERY_MILLIS = 1_000;
const STOPS_WITHIN_MILLIS = 10_000;
/** Refused and failed deliveries are shown in the health for a day. */
const SHOWN_FOR_MILLIS = 24 * 60 * 60 * 1000;
/** Counting reads the whole index: it takes at most a small part of the time. */
const COUNTS_LAST_MILLIS = 1_000;
const COUNTS_LAST_TIMES = 20;
const UNKNOWN_EVERY_MILLIS = 60_000;

interface Running {
  stop(): Promise<void>;
}

export function openForwarding(dependencies: ForwardingDependencies): Forwarding {
  const { database, destinations, now, onProblem } = dependencies;
  const worker: Worker = workerOf(dependencies);
  const running = new Map<string, Running>();
  const ending = new Set<Promise<void>>();
  let states: readonly QueueState[] = [];
  let statesAt = -Infinity;
  let unknownAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let isChecking = false;

  const adjust = (): void => {
    const names = new Set(destinations().map(({ name }) => name));
    for (const name of names)
      if (!running.has(name)) running.set(name, startWorker(name, worker, dependencies));
    for (const [name, each] of running)
      if (!names.has(name)) {
        running.delete(name);
        const stopped = each.stop().finally(() => ending.delete(stopped));
        ending.add(stopped);
      }
  };

  /** Reads the state of the queues, and gives up what no destination takes any more. */
  const look = async (): Promise<void> => {
    const at = performance.now();
    if (at - statesAt >= STATES_EVERY_MILLIS) {
      statesAt = at;
      states = await queueStates(database, new Date(now().getTime() - SHOWN_FOR_MILLIS));
    }
    if (at - unknownAt >= UNKNOWN_EVERY_MILLIS) {
      unknownAt = at;
      const known = destinations().map(({ name }) => name);
      await giveUpUnknown(database, { known, at: now(), error: 'no destination has this name any more' });
    }
  };

  const check = (): void => {
    adjust();
    if (isChecking) return;
    isChecking = true;
    void look()
      .catch(onProblem)
      .finally(() => {
        isChecking = false;
      });
  };

  return {
    start: () => {
      timer ??= setInterval(check, CHECK_EVERY_MILLIS);
      timer.unref();
      check();
    },
    stop: async () => {
      clearInterval(timer);
      const stopped = [...running.values()].map((each) => each.stop());
      running.clear();
      await Promise.all([...stopped, ...ending]);
    },
    health: () =>
      queueHealth(
        destinations().map(({ name }) => name),
        states,
        now(),
      ),
    counts: remembered(() => countDeliveries(database)),
  };
}

function workerOf(dependencies: ForwardingDependencies): Worker {
  const { database, contentOf, leaves, now, onAgain, onNotDelivered, onProblem } = dependencies;
  return {
    id: randomUUID(),
    now,
    onAgain,
    onNotDelivered,
    onProblem,
    destinationOf: (name) => dependencies.destinations().find((each) => each.name === name),
    queue: {
      next: (name) => nextDelivery(database, name),
      begin: (attempt) => beginAttempt(database, attempt),
      end: (end) => endAttempt(database, end),
      contentOf: ({ id, submissionId, hasPayload }) =>
        hasPayload ? readPayload(database, id) : contentOf(submissionId),
      leaves: (delivery) => (delivery.hasPayload ? Promise.resolve() : leaves(delivery)),
    },
  };
}

/** One worker, with the lease of its destination. */
function startWorker(name: string, worker: Worker, { lease }: ForwardingDependencies): Running {
  const stopping = new AbortController();
  const ended = new AbortController();
  let isWorking = false;
  const done = lease(
    `deliveries:${name}`,
    async (held) => {
      isWorking = true;
      try {
        await deliverInOrder(name, worker, { held, stopping: stopping.signal, ended: ended.signal });
      } finally {
        isWorking = false;
        // Without this the lease would begin the work again.
        if (stopping.signal.aborted) ended.abort();
      }
    },
    ended.signal,
  );
  return {
    stop: async () => {
      stopping.abort();
      if (!isWorking) ended.abort();
      const timer = setTimeout(() => ended.abort(), STOPS_WITHIN_MILLIS);
      await done;
      clearTimeout(timer);
    },
  };
}

/** Asks again only after a while that grows with the time that the answer takes. */
function remembered<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let until = -Infinity;
  return () => {
    if (answer !== undefined && performance.now() < until) return answer;
    const askedAt = performance.now();
    until = Infinity;
    const asked = ask();
    answer = asked;
    void asked.then(
      () => {
        const took = performance.now() - askedAt;
        until = performance.now() + Math.max(COUNTS_LAST_MILLIS, took * COUNTS_LAST_TIMES);
      },
      () => {
        answer = undefined;
      },
    );
    return asked;
  };
}
