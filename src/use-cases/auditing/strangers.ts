/**
 * Limits how much of the audit trail unauthenticated requests can fill. Each request without a valid token gets its own
 * record, up to a number each minute from one address, and up to a number from all addresses together. Requests above
 * the limit are counted, and one record holds the count of the minute. So every request is recorded, and a caller
 * without a token cannot fill the disk.
 * @see docs/audit.md
 */
import { networkOf } from '../../platform/client-address';
import type { AuditFacts } from './audit-facts';

export interface Strangers {
  /** Counts an unauthenticated request. @returns true when the request gets its own record */
  admits(address: string | undefined): boolean;
  /** Records the requests that were only counted so far, and stops counting. */
  stop(): Promise<void>;
}

export interface StrangersOptions {
  /** From one address. */
  perMinute: number;
  record: (facts: AuditFacts) => Promise<void>;
  /** Other values of a record: the server's own address, and the id of a request. */
  observer: () => string;
  newId: () => string;
  now: () => number;
  onProblem: (error: unknown) => void;
  /** What is counted, for the record. */
  named?: { target: string; what: string };
}

const REQUESTS = { target: 'requests without a token', what: 'requests without a valid token' };

interface Minute {
  since: number;
  requests: number;
  leftOut: number;
}

const MINUTE = 60_000;
const LOOK_EVERY = 5_000;
/** The limit for all addresses together, as a multiple of the limit for one address. */
const ALL_TOGETHER = 5;

export function createStrangers(options: StrangersOptions): Strangers {
  const { perMinute, now, named = REQUESTS } = options;
  const minutes = new Map<string, Minute>();
  /** The count of all addresses. It includes the requests of addresses that have no count themselves. */
  let all: Minute = { since: now(), requests: 0, leftOut: 0 };
  let writing: Promise<void> = Promise.resolve();

  const tell = async (leftOut: number, address?: string): Promise<void> => {
    const from = address === undefined ? 'from several addresses' : 'from this address';
    await options.record({
      action: 'E',
      interaction: '$left-out',
      status: 401,
      requestId: options.newId(),
      observer: options.observer(),
      target: named.target,
      remark: `${leftOut} more ${named.what} came ${from} within a minute. They have no separate records`,
      ...(address === undefined ? {} : { address }),
    });
  };

  /** Records the minutes that are over. A count that cannot be recorded now is recorded the next time. */
  const close = async (isOver: (minute: Minute) => boolean): Promise<void> => {
    for (const [address, minute] of [...minutes]) {
      if (!isOver(minute)) continue;
      const { leftOut } = minute;
      if (leftOut > 0) await tell(leftOut, address);
      minute.leftOut -= leftOut;
      if (minute.leftOut === 0 && minutes.get(address) === minute) minutes.delete(address);
    }
    if (!isOver(all)) return;
    const { leftOut } = all;
    if (leftOut > 0) await tell(leftOut);
    all = { since: now(), requests: 0, leftOut: all.leftOut - leftOut };
  };
  const closeInTurn = (isOver: (minute: Minute) => boolean): Promise<void> => {
    writing = writing.then(() => close(isOver)).catch((error: unknown) => options.onProblem(error));
    return writing;
  };
  const timer = setInterval(
    () => void closeInTurn(({ since }) => now() - since >= MINUTE),
    LOOK_EVERY,
  ).unref();

  return {
    admits(address = '') {
      const name = networkOf(address);
      const known = minutes.get(name);
      const mayCount = known !== undefined || all.requests < perMinute * ALL_TOGETHER;
      if (!mayCount) {
        all.leftOut += 1;
        return false;
      }
      const minute = known ?? { since: now(), requests: 0, leftOut: 0 };
      minutes.set(name, minute);
      if (minute.requests < perMinute && all.requests < perMinute * ALL_TOGETHER) {
        minute.requests += 1;
        all.requests += 1;
        return true;
      }
      minute.leftOut += 1;
      return false;
    },
    async stop() {
      clearInterval(timer);
      await closeInTurn(() => true);
    },
  };
}
