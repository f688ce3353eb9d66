/**
 * How many entries of batches one sender has in work at once in this process. Its other batches wait before their next
 * entry, and go on in turn. So a sender of many batches neither takes all connections, nor puts itself before each step
 * of another sender's request many times.
 */
import { sharesOf } from '../../../platform/shares';

const ENTRIES_AT_ONCE = 4;

export interface Waiting {
  /** After so long an entry goes on without a turn, in milliseconds. */
  millis: number;
  signal: AbortSignal;
}

/** @returns runs the work on an entry of this sender in its turn */
export function batchTurns(): <T>(sender: string, waiting: Waiting, work: () => Promise<T>) => Promise<T> {
  const shares = sharesOf(ENTRIES_AT_ONCE);
  return async (sender, waiting, work) => {
    const leave = await shares.take(sender, waiting);
    try {
      return await work();
    } finally {
      leave?.();
    }
  };
}
