/**
 * How much of the trail strangers may fill. Each request without a good token has a record, up to so many a minute from
 * one address, and from all addresses together; those beyond are counted, and the minute's count is one record. So none
 * of them goes unseen, and nobody fills the disk who has shown no token.
 * @see docs/audit.md
 */
import { isIPv6 } from 'node:net';
import type { AuditFacts } from './audit-facts';

export interface Strangers {
  /** Counts a request of a stranger. @returns true where it is to have a record of its own */
  admits(address: string | undefined): boolean;
  /** Records what was left out so far, and counts no longer. */
  stop(): Promise<void>;
}

export interface StrangersOptions {
  /** From one address. */
  perMinute: number;
  record: (facts: AuditFacts) => Promise<void>;
  /** What a record needs beside: the server's own address, and an id of a request. */
  observer: () => string;
  newId: () => string;
  now: () => number;
  onProblem: (error: unknown) => void;
}

interface Minute {
  since: number;
  requests: number;
  leftOut: number;
}

const MINUTE = 60_000;
const LOOK_EVERY = 5_000;
/** So many times as many come from all addresses together. */
const ALL_TOGETHER = 5;

export function createStrangers(options: StrangersOptions): Strangers {
  const { perMinute, now } = options;
  const minutes = new Map<string, Minute>();
  /** Of all addresses; what is left out of those that are not counted one by one stands here. */
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
      target: 'requests without a token',
      remark: `${leftOut} more requests without a valid token came ${from} within a minute. They have no separate records`,
      ...(address === undefined ? {} : { address }),
    });
  };

  /** Records the minutes that are over. A count that cannot be recorded now stays for the next time. */
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

/** One caller has a whole network of IPv6 addresses: the first half counts. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.split('::') as [string, string?];
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? Array<string>(8 - before.length - after.length).fill('0') : [];
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
