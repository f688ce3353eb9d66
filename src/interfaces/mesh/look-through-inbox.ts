/**
 * Looks through the inbox of a mailbox once, page by page, and handles its messages one after another. A message that
 * cannot be handled does not hold up those behind it: it is tried again later, after a pause that grows.
 */
import { handledAmong } from '../../engines/store/mesh-messages';
import { describeError } from '../../platform/logger';
import { meansDatabaseAway } from '../../platform/postgres';
import { handleMessage, type MessageDependencies, type OpenMailbox } from './handle-message';
import { isGone, MeshAway, MeshRefusal, passes } from './mesh-fault';

export interface InboxDependencies extends MessageDependencies {
  now: () => Date;
}

/** What the looks at one inbox remember. */
export interface InboxMemory {
  /** When a message that was left alone is looked at again, by its id, in milliseconds since 1970. */
  left: Map<string, number>;
  stuck: Map<string, Stuck>;
  /** When a message was last handled. */
  handledAt: Date | undefined;
}

/** A message that could not be handled. */
export interface Stuck {
  since: Date;
  attempts: number;
  /** In milliseconds since 1970. */
  tryAt: number;
  problem: string;
  /** Whether the server failed, and not MESH. */
  isOfServer: boolean;
}

export interface Look {
  /** The messages that are still in the inbox, and those of them that were left alone. */
  inbox: number;
  leftAlone: number;
}

/** Headers of a message that is left alone are read again no more than once an hour. */
const LEFT_FOR_MILLIS = 60 * 60 * 1000;
const LONGEST_PAUSE_MILLIS = 60 * 60 * 1000;
const FIRST_PAUSE_MILLIS = 2_000;
/** After so many messages in a row that MESH does not give, MESH is at fault and not the messages. */
const MOST_FAILURES_IN_A_ROW = 3;
/** So often the server tries a message that it fails with, before it refuses the message. */
const MOST_ATTEMPTS = 5;

export const newMemory = (): InboxMemory => ({ left: new Map(), stuck: new Map(), handledAt: undefined });

/**
 * @throws MeshAway, MeshRefusal, or what the database throws, when it makes no sense to go on
 */
export async function lookThroughInbox(
  opened: OpenMailbox,
  memory: InboxMemory,
  dependencies: InboxDependencies,
  signal: AbortSignal,
): Promise<Look> {
  const { mailbox } = opened;
  const seen = new Set<string>();
  const pages = new Set<string>();
  let failuresInARow = 0;
  let next: string | undefined;
  const remaining = { inbox: 0, leftAlone: 0 };
  do {
    const page = await mailbox.inbox(next, signal);
    const handled = await handledAmong(dependencies.database, mailbox.name, page.messages);
    for (const id of page.messages) {
      signal.throwIfAborted();
      if (seen.has(id)) continue;
      seen.add(id);
      const end = await oneMessage(id, handled.has(id), { opened, memory, dependencies, signal });
      if (end === 'handled') {
        failuresInARow = 0;
        continue;
      }
      remaining.inbox += 1;
      if (end === 'left') remaining.leftAlone += 1;
      if (end === 'left' || end === 'waits') continue;
      failuresInARow += 1;
      if (failuresInARow >= MOST_FAILURES_IN_A_ROW) throw end.error;
    }
    next = page.next;
    // A `next` that was followed before would lead round in a circle.
    if (next !== undefined && pages.has(next)) next = undefined;
    if (next !== undefined) pages.add(next);
  } while (next !== undefined);
  forget(memory, seen);
  return remaining;
}

interface Turn {
  opened: OpenMailbox;
  memory: InboxMemory;
  dependencies: InboxDependencies;
  signal: AbortSignal;
}

type End = 'handled' | 'left' | 'waits' | { error: unknown };

async function oneMessage(id: string, isHandled: boolean, turn: Turn): Promise<End> {
  const { opened, memory, dependencies, signal } = turn;
  const at = dependencies.now().getTime();
  const lookAgainAt = memory.left.get(id);
  if (lookAgainAt !== undefined && at < lookAgainAt) return 'left';
  const stuck = memory.stuck.get(id);
  if (stuck !== undefined && at < stuck.tryAt) return 'waits';
  try {
    // It was submitted, and the acknowledgement did not arrive.
    if (isHandled) await opened.mailbox.acknowledge(id, signal);
    const mayBeRefused = stuck !== undefined && failsAlone(stuck, memory);
    const end = isHandled ? 'handled' : await handleMessage(id, opened, dependencies, signal, mayBeRefused);
    if (end === 'handled') memory.handledAt = dependencies.now();
    memory.stuck.delete(id);
    if (end === 'left') memory.left.set(id, at + LEFT_FOR_MILLIS);
    else memory.left.delete(id);
    return end;
  } catch (error) {
    signal.throwIfAborted();
    if (isGone(error)) {
      dependencies.log.info({ mailbox: opened.mailbox.name, message: id }, 'MESH message is gone');
      memory.left.set(id, at + LEFT_FOR_MILLIS);
      return 'left';
    }
    if (isOfEveryMessage(error)) throw error;
    const attempts = (stuck?.attempts ?? 0) + 1;
    memory.stuck.set(id, {
      since: stuck?.since ?? dependencies.now(),
      attempts,
      tryAt: at + pauseAfter(attempts),
      problem: problemOf(error),
      isOfServer: !(error instanceof MeshAway || error instanceof MeshRefusal),
    });
    dependencies.log.warn(
      {
        mailbox: opened.mailbox.name,
        message: id,
        attempts,
        problem: problemOf(error),
        err: describeError(error),
      },
      'MESH message could not be handled',
    );
    return { error };
  }
}

/**
 * Whether the server fails with this message again and again while it handles others: then the message is at fault, and
 * waiting does not help. A full disk, for example, fails with every message.
 */
function failsAlone({ attempts, since, isOfServer }: Stuck, { handledAt }: InboxMemory): boolean {
  return isOfServer && attempts >= MOST_ATTEMPTS && handledAt !== undefined && handledAt > since;
}

/** 2 s, doubling to an hour. */
export function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_MILLIS * 2 ** (attempts - 1), LONGEST_PAUSE_MILLIS);
}

/** Whether the next message would fail in the same way: MESH or the database is away, or MESH asks for a pause. */
function isOfEveryMessage(error: unknown): boolean {
  if (error instanceof MeshAway) return !error.isSent;
  if (error instanceof MeshRefusal)
    return error.status === 401 || error.status === 403 || (passes(error) && error.status < 500);
  return meansDatabaseAway(error);
}

/** For the operator. The message of an unknown error may quote a value, so its kind alone is shown. */
export function problemOf(error: unknown): string {
  if (error instanceof MeshAway || error instanceof MeshRefusal) return error.message;
  if (meansDatabaseAway(error)) return 'The database cannot be reached.';
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return `The server failed (${String(code ?? name ?? 'unknown')}). Its log says more.`;
}

/** Forgets what is no longer in the inbox. */
function forget(memory: InboxMemory, seen: ReadonlySet<string>): void {
  for (const known of [memory.left, memory.stuck])
    for (const id of known.keys()) if (!seen.has(id)) known.delete(id);
}
