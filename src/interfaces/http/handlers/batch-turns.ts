/**
 * How many entries of batches one sender has in work at once in this process. Its other batches wait before their next
 * entry, and go on in turn. So a sender of many batches neither takes all connections, nor puts itself before each step
 * of another sender's request many times.
 */
import { inFlight, type Hold, type InFlight } from '../../../platform/in-flight';

const ENTRIES_AT_ONCE = 4;

interface Share {
  entries: InFlight;
  /** Entries that are in work or wait. */
  users: number;
}

export interface Waiting {
  /** After so long an entry goes on without a turn, in milliseconds. */
  millis: number;
  signal: AbortSignal;
}

/** @returns runs the work on an entry of this sender in its turn */
export function batchTurns(): <T>(sender: string, waiting: Waiting, work: () => Promise<T>) => Promise<T> {
  const shares = new Map<string, Share>();
  return async (sender, waiting, work) => {
    const share = shares.get(sender) ?? { entries: inFlight(ENTRIES_AT_ONCE), users: 0 };
    shares.set(sender, share);
    share.users += 1;
    let hold: Hold | undefined;
    try {
      hold = await share.entries.take(1, waiting);
      return await work();
    } finally {
      hold?.release();
      share.users -= 1;
      if (share.users === 0) shares.delete(sender);
    }
  };
}
