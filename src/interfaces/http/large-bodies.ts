/**
 * Lets large bodies of one process go one after another, a few at a time, so that a burst of them does not need the
 * memory of all at once. A body waits after its first bytes: the rest stays with the sender, whose connection is not
 * read meanwhile. Nobody is refused here. A body that waited for a long time goes on without a turn, and a sender that
 * is slow loses its turn, so that slow lines do not hold up the others.
 */
import type { IncomingMessage } from 'node:http';
import { inFlight } from '../../platform/in-flight';

const MIB = 1024 * 1024;

/** So much of each body is received without a turn: ordinary summaries never wait. */
export const BYTES_WITHOUT_TURN = MIB;
/** The bytes of large bodies that are received or worked on at one time. A larger body counts as this. */
const BYTES_AT_ONCE = 24 * MIB;
/** After so long a body goes on without a turn, in milliseconds. */
const LONGEST_WAIT = 45_000;
/** A body that is not whole by then does not keep its turn. */
const TIME_TO_RECEIVE = 10_000;

/** The turn of one body; it needs none until it is large. */
export interface Turn {
  /** Waits until a body of so many bytes may go on. */
  begin(request: IncomingMessage, bytes: number): Promise<void>;
  /** The body is whole: the turn lasts until the request is answered. */
  received(): void;
  release(): void;
}

export interface TurnOptions {
  bytesAtOnce?: number;
  longestWait?: number;
  timeToReceive?: number;
}

const waiting = new WeakSet<IncomingMessage>();

/** Whether the server has stopped reading this body for a while. */
export const waitsForTurn = (request: IncomingMessage): boolean => waiting.has(request);

/** @returns opens the turn of a body */
export function largeBodies({
  bytesAtOnce = BYTES_AT_ONCE,
  longestWait = LONGEST_WAIT,
  timeToReceive = TIME_TO_RECEIVE,
}: TurnOptions = {}): () => Turn {
  const bodies = inFlight(bytesAtOnce);
  return () => {
    let release = (): void => undefined;
    let patience: NodeJS.Timeout | undefined;
    return {
      async begin(request, bytes) {
        const gone = new AbortController();
        const leave = (): void => gone.abort();
        request.once('close', leave);
        waiting.add(request);
        if (request.destroyed) leave();
        const hold = await bodies.take(bytes, { millis: longestWait, signal: gone.signal });
        waiting.delete(request);
        request.off('close', leave);
        if (!hold) return;
        release = () => hold.release();
        patience = setTimeout(release, timeToReceive).unref();
      },
      received: () => clearTimeout(patience),
      release() {
        clearTimeout(patience);
        release();
      },
    };
  };
}
