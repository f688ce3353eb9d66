/**
 * Limits the requests of each client in a minute. A client above the limit must wait until the minute ends. A caller is
 * identified by its client id or, without a valid token, by its address. The first process of a node counts for all.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
 */

export interface RateLimit {
  /** Counts one request. @returns the whole seconds to wait when it exceeds the limit; otherwise 0 */
  count(key: string): number | Promise<number>;
}

const MINUTE = 60_000;
/** More keys than this at a time must be callers that keep changing their names: the oldest keys are removed. */
const MOST_KEYS = 100_000;

/** @param perMinute 0: no limit */
export function rateLimit(perMinute: number, now: () => number): RateLimit & { count(key: string): number } {
  const windows = new Map<string, { since: number; requests: number }>();

  const windowOf = (key: string, moment: number): { since: number; requests: number } => {
    const known = windows.get(key);
    if (known !== undefined && moment - known.since < MINUTE) return known;
    // The oldest window comes first, because a new one is added at the end.
    windows.delete(key);
    for (const [oldest, { since }] of windows) {
      if (moment - since < MINUTE && windows.size < MOST_KEYS) break;
      windows.delete(oldest);
    }
    const fresh = { since: moment, requests: 0 };
    windows.set(key, fresh);
    return fresh;
  };

  return {
    count(key) {
      if (perMinute === 0) return 0;
      const moment = now();
      const window = windowOf(key, moment);
      window.requests += 1;
      return window.requests <= perMinute ? 0 : Math.ceil((window.since + MINUTE - moment) / 1000);
    },
  };
}
