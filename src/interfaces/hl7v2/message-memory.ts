/**
 * Counts the bytes that the messages of all connections hold at one time. The addresses of one network hold at most half
 * of them, so that a sender whose messages do not end leaves the other half to others.
 */
import { networkOf } from '../../platform/client-address';
import { inFlight, type Hold, type InFlight } from '../../platform/in-flight';

export interface MessageMemory {
  /** An empty hold, to grow. It must be released when the connection ends. */
  open(address: string): Hold;
}

interface Share {
  memory: InFlight;
  /** How many holds are open. */
  holds: number;
}

/** @param limit in bytes, for all networks together */
export function messageMemory(limit: number): MessageMemory {
  const common = inFlight(limit);
  const shares = new Map<string, Share>();
  return {
    open(address) {
      const network = networkOf(address);
      const share = shares.get(network) ?? { memory: inFlight(Math.floor(limit / 2)), holds: 0 };
      shares.set(network, share);
      share.holds += 1;
      return both(share.memory.open(), common.open(), () => {
        share.holds -= 1;
        if (share.holds === 0) shares.delete(network);
      });
    },
  };
}

/** Holds the same bytes of both. */
function both(one: Hold, other: Hold, onRelease: () => void): Hold {
  let mine = 0;
  let isReleased = false;
  const shrinkTo = (left: number): void => {
    mine = Math.min(mine, left);
    one.shrinkTo(mine);
    other.shrinkTo(mine);
  };
  return {
    grow(bytes) {
      if (!one.grow(bytes)) return false;
      if (!other.grow(bytes)) {
        one.shrinkTo(mine);
        return false;
      }
      mine += bytes;
      return true;
    },
    shrinkTo,
    release() {
      shrinkTo(0);
      if (!isReleased) onRelease();
      isReleased = true;
    },
  };
}
