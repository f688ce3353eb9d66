/**
 * The worker of one mailbox: a handshake once a day, a look at the inbox every `pollSeconds`. It runs on one node at a
 * time, under the lease of the mailbox. While MESH or the database is away it waits longer each time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MailboxState } from '../../engines/store/mesh-messages';
import type { OpenMailbox } from './handle-message';
import {
  lookThroughInbox,
  newMemory,
  problemOf,
  type InboxDependencies,
  type InboxMemory,
} from './look-through-inbox';
import { MeshRefusal } from './mesh-fault';

export interface ServeDependencies extends InboxDependencies {
  /** The mailbox as the settings have it now; undefined when they no longer have it. */
  opened: () => (OpenMailbox & { pollSeconds: number }) | undefined;
  /** Calls back when the settings change. @returns a function that stops it */
  onSettings: (changed: () => void) => () => void;
  /** Publishes how the mailbox is. */
  publish: (state: MailboxState) => Promise<void>;
}

const DAY_MILLIS = 24 * 60 * 60 * 1000;
/** How long to wait at most while MESH is away, where the inbox is looked at more often than this. */
const LONGEST_PAUSE_SECONDS = 15;
const LONGEST_RETRY_AFTER_SECONDS = 3600;

/** @param held aborted when the lease is lost, or when the server stops */
export async function serveMailbox(
  name: string,
  dependencies: ServeDependencies,
  held: AbortSignal,
): Promise<void> {
  const worker: Worker = {
    memory: newMemory(),
    state: emptyState(name),
    handshakeAt: -Infinity,
    failures: 0,
    wake: new AbortController(),
  };
  const stopWatching = dependencies.onSettings(() => {
    // A message that was left alone may be of a sender that the file has now.
    worker.memory.left.clear();
    worker.wake.abort();
  });
  try {
    while (!held.aborted) {
      const opened = dependencies.opened();
      const wait = opened === undefined ? 1 : await round(worker, opened, dependencies, held);
      await pause(wait, worker, held);
    }
  } finally {
    stopWatching();
  }
}

interface Worker {
  memory: InboxMemory;
  state: MailboxState;
  /** When the next handshake is due, in milliseconds since 1970. */
  handshakeAt: number;
  /** Looks in a row that failed. */
  failures: number;
  /** Ends the pause. */
  wake: AbortController;
}

/** @returns how long to wait, in seconds */
async function round(
  worker: Worker,
  opened: OpenMailbox & { pollSeconds: number },
  dependencies: ServeDependencies,
  held: AbortSignal,
): Promise<number> {
  const { now, log } = dependencies;
  const { mailbox, pollSeconds } = opened;
  try {
    const refusal = await handshakeIfDue(worker, opened, dependencies, held);
    const { inbox, leftAlone } = await lookThroughInbox(opened, worker.memory, dependencies, held);
    if (worker.failures > 0 && refusal === undefined) log.info({ mailbox: mailbox.name }, 'MESH works again');
    worker.failures = 0;
    const failing = refusal === undefined ? sound : failingWith(worker.state, refusal, now());
    await publish(worker, { ...failing, lookedAt: now(), inbox, leftAlone }, dependencies);
    return pollSeconds * (1 + 0.05 * Math.random());
  } catch (error) {
    if (held.aborted) return 0;
    worker.failures += 1;
    const problem = problemOf(error);
    if (problem !== worker.state.problem) log.warn({ mailbox: mailbox.name, problem }, 'MESH cannot be used');
    await publish(worker, failingWith(worker.state, problem, now()), dependencies);
    return pauseAfterFailure(worker.failures, pollSeconds, error, Math.random());
  }
}

/** @returns why MESH refused the handshake. That is an alarm, and no reason to stop. */
async function handshakeIfDue(
  worker: Worker,
  { mailbox }: OpenMailbox,
  { now }: ServeDependencies,
  held: AbortSignal,
): Promise<string | undefined> {
  const at = now().getTime();
  if (at < worker.handshakeAt) return undefined;
  try {
    await mailbox.handshake(held);
  } catch (error) {
    if (error instanceof MeshRefusal && error.status !== 401 && error.status !== 403) return error.message;
    throw error;
  }
  worker.handshakeAt = at + DAY_MILLIS * (0.9 + 0.1 * Math.random());
  return undefined;
}

/**
 * The pause after a look that failed: a second, doubling to the usual pause (to 15 s where that is shorter). After a
 * refusal of the mailbox's password the longest pause comes at once.
 * @param random from 0 to 1
 * @returns in seconds
 */
export function pauseAfterFailure(
  failures: number,
  pollSeconds: number,
  error: unknown,
  random: number,
): number {
  const longest = Math.max(pollSeconds, LONGEST_PAUSE_SECONDS);
  const isRefused = error instanceof MeshRefusal && (error.status === 401 || error.status === 403);
  const grown = isRefused ? longest : Math.min(2 ** (failures - 1), longest);
  const asked = error instanceof MeshRefusal ? (error.retryAfterSeconds ?? 0) : 0;
  // Several nodes and mailboxes must not come back in the same moment.
  return Math.max(grown * (0.75 + 0.25 * random), Math.min(asked, LONGEST_RETRY_AFTER_SECONDS));
}

const sound = { failingSince: null, problem: null };

function failingWith(
  { failingSince }: MailboxState,
  problem: string,
  now: Date,
): Pick<MailboxState, 'failingSince' | 'problem'> {
  return { failingSince: failingSince ?? now, problem };
}

async function publish(
  worker: Worker,
  changes: Partial<MailboxState>,
  { publish: tell, log }: ServeDependencies,
): Promise<void> {
  const stuck = [...worker.memory.stuck.values()];
  const oldest = stuck.reduce<(typeof stuck)[number] | undefined>(
    (first, each) => (first !== undefined && first.since <= each.since ? first : each),
    undefined,
  );
  worker.state = {
    ...worker.state,
    ...changes,
    stuck: stuck.length,
    stuckSince: oldest?.since ?? null,
    stuckProblem: oldest?.problem ?? null,
  };
  // The database may be what is away: the state is published again with the next look.
  await tell(worker.state).catch(() => {
    log.debug({ mailbox: worker.state.mailbox }, 'the state of the MESH mailbox is not published');
  });
}

function emptyState(mailbox: string): MailboxState {
  return {
    mailbox,
    lookedAt: null,
    failingSince: null,
    problem: null,
    inbox: 0,
    leftAlone: 0,
    stuck: 0,
    stuckSince: null,
    stuckProblem: null,
  };
}

async function pause(seconds: number, worker: Worker, held: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([held, worker.wake.signal]);
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  if (worker.wake.signal.aborted) worker.wake = new AbortController();
}
