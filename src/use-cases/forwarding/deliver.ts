/**
 * The worker of one destination: sends its deliveries one at a time and in order, while it holds the lease of the
 * destination. A delivery that cannot be sent is tried again after a pause that grows, and those behind it wait; other
 * destinations have workers of their own.
 *
 * The answer of an attempt is recorded before anything else is sent. While the database is away the worker keeps the
 * answer and tries to record it, so a destination that has answered gets nothing twice as long as the process lives.
 * @see docs/decisions/0053-outbox.md
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptEnd, WaitingDelivery } from '../../engines/store/outbox';
import type { Content, Delivery, Destination, Sent } from './outbox';

/** What the worker needs of the store. */
export interface Queue {
  next(name: string): Promise<WaitingDelivery | undefined>;
  begin(attempt: {
    id: string;
    by: string;
    at: Date;
  }): Promise<{ attempts: number; uncertain: boolean } | undefined>;
  end(end: AttemptEnd): Promise<void>;
  /** The bytes of a delivery; undefined when they are no longer stored. */
  contentOf(delivery: WaitingDelivery): Promise<Content | undefined>;
  /** Called before the first attempt, to record that data leaves this server. */
  leaves(delivery: WaitingDelivery): Promise<void>;
}

export interface Worker {
  queue: Queue;
  /** The destination as it is configured now; undefined while it is not. */
  destinationOf(name: string): Destination | undefined;
  /** Names this worker, so that another one recognises the attempts of a node that died. */
  id: string;
  now: () => Date;
  /** Called with each failed attempt. */
  onAgain(name: string, error: string): void;
  /** Called when a delivery has ended, refused or given up, or when not all of it was delivered. */
  onNotDelivered(name: string, reason: string): void;
  /** Called when the store fails. */
  onProblem(error: unknown): void;
}

/** How often an idle worker looks for deliveries. */
const LOOK_EVERY_MILLIS = 300;
/** How long to wait before work goes on that the database has interrupted. */
const DATABASE_PAUSE_MILLIS = 500;
/** How long the answer of another worker's attempt is waited for: it may be recording it. */
const OTHERS_ANSWER_MILLIS = 1_500;
const MOST_OF_AN_ERROR = 500;
const LONGEST_PAUSE_MILLIS = 60_000;

/** The pause after so many attempts: 1 s, doubling to a minute. */
export function pauseAfter(attempts: number): number {
  return Math.min(1_000 * 2 ** Math.max(0, attempts - 1), LONGEST_PAUSE_MILLIS);
}

export interface Signals {
  /** Aborted when the lease is lost or the server stops at once: an attempt under way is ended. */
  held: AbortSignal;
  /** Aborted when the server stops: an attempt under way is finished first. */
  stopping: AbortSignal;
  /** Aborted when the server can wait no longer: an answer that is not recorded yet is given up. */
  ended: AbortSignal;
}

export async function deliverInOrder(name: string, worker: Worker, signals: Signals): Promise<void> {
  const isOver = AbortSignal.any([signals.held, signals.stopping]);
  const pause = (millis: number): Promise<unknown> =>
    sleep(millis, undefined, { signal: isOver }).catch(() => undefined);
  while (!isOver.aborted) {
    try {
      const wait = await deliverNext(name, worker, signals);
      if (wait > 0) await pause(wait);
    } catch (error) {
      worker.onProblem(error);
      await pause(DATABASE_PAUSE_MILLIS);
    }
  }
}

/** @returns how long to wait before the next look, in milliseconds */
async function deliverNext(name: string, worker: Worker, { held, ended }: Signals): Promise<number> {
  const { queue, now } = worker;
  const waiting = await queue.next(name);
  const destination = worker.destinationOf(name);
  if (!waiting || !destination) return LOOK_EVERY_MILLIS;
  const at = now();
  if (at >= waiting.giveUpAt && waiting.attempts > 0) {
    const error = waiting.lastError ?? 'the destination did not answer in time';
    await queue.end({ id: waiting.id, by: worker.id, at, state: 'failed', error });
    worker.onNotDelivered(name, `given up after 7 days: ${error}`);
    return 0;
  }
  const due = waiting.tryAt.getTime() - at.getTime();
  if (due > 0) return Math.min(due, LOOK_EVERY_MILLIS);
  if (isTriedByAnother(waiting, worker.id, at)) return LOOK_EVERY_MILLIS;
  if (waiting.attempts === 0) await queue.leaves(waiting);
  const begun = await queue.begin({ id: waiting.id, by: worker.id, at });
  if (begun === undefined || held.aborted) return 0;
  const sent = await send(destination, deliveryOf(waiting, begun, queue), held);
  report(name, sent, worker);
  const end = endOf(sent, begun.attempts, now());
  await record({ ...end, id: waiting.id, by: worker.id }, worker, ended);
  return 0;
}

function report(name: string, sent: Attempted, worker: Worker): void {
  if ('again' in sent) worker.onAgain(name, sent.again);
  else if ('refused' in sent) worker.onNotDelivered(name, sent.refused);
  else if (sent.remark !== undefined) worker.onNotDelivered(name, sent.remark);
}

/** Whether a node that held the lease before may be recording its answer. */
function isTriedByAnother({ begunAt, begunBy }: WaitingDelivery, id: string, at: Date): boolean {
  if (begunAt === null || begunBy === null || begunBy === id) return false;
  return Math.abs(at.getTime() - begunAt.getTime()) < OTHERS_ANSWER_MILLIS;
}

function deliveryOf(
  waiting: WaitingDelivery,
  { attempts, uncertain }: { attempts: number; uncertain: boolean },
  queue: Queue,
): Delivery {
  return {
    id: waiting.id,
    name: waiting.name,
    submission: waiting.submissionId,
    createdAt: waiting.createdAt,
    envelope: waiting.envelope,
    attempt: attempts,
    isUncertain: uncertain,
    content: async () => {
      const content = await queue.contentOf(waiting).catch((error: unknown) => {
        throw new NotReadNow({ cause: error });
      });
      if (!content) throw new NoLongerStored();
      return content;
    },
  };
}

type Attempted = Exclude<Sent, 'delivered'>;

async function send(destination: Destination, delivery: Delivery, held: AbortSignal): Promise<Attempted> {
  try {
    const sent = await destination.send(delivery, held);
    return sent === 'delivered' ? { delivered: undefined } : sent;
  } catch (error) {
    if (error instanceof NoLongerStored) return { refused: error.message };
    if (error instanceof NotReadNow) return { again: error.message };
    return { again: sentenceOf(error), isUncertain: true };
  }
}

/** The submission was removed by retention. */
class NoLongerStored extends Error {
  constructor() {
    super('the submission is no longer stored');
  }
}

/** The database is away, before anything was sent. */
class NotReadNow extends Error {
  constructor(options: ErrorOptions) {
    super('the submission cannot be read from the database now', options);
  }
}

/** Of an unknown error only the kind: its message may quote what was sent. */
function sentenceOf(error: unknown): string {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return `the attempt failed (${String(code ?? name ?? 'unknown')})`;
}

function endOf(sent: Attempted, attempts: number, at: Date): Omit<AttemptEnd, 'id' | 'by'> {
  const note = sent.note === undefined ? {} : { note: sent.note };
  if ('refused' in sent) return { at, state: 'refused', error: clean(sent.refused), ...note };
  if ('delivered' in sent) {
    const { delivered: reference, remark } = sent;
    return {
      at,
      state: 'delivered',
      ...(reference === undefined ? {} : { reference }),
      ...(remark === undefined ? {} : { error: clean(remark) }),
      ...note,
    };
  }
  return {
    at,
    state: 'waiting',
    error: clean(sent.again),
    tryAt: new Date(at.getTime() + pauseAfter(attempts)),
    isUncertain: sent.isUncertain === true,
    ...note,
  };
}

/** PostgreSQL stores no NUL, and a log line has no control characters. */
const clean = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- these are the characters to replace
  text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, MOST_OF_AN_ERROR);

/** Records the answer, again and again until the database takes it. */
async function record(end: AttemptEnd, { queue, onProblem }: Worker, ended: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await queue.end(end);
    } catch (error) {
      onProblem(error);
      if (ended.aborted) return;
      await sleep(DATABASE_PAUSE_MILLIS);
    }
  }
}
