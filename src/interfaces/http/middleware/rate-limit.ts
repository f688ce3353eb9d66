/**
 * So many requests a minute for each client, and no more: whoever goes beyond waits for the minute to end. A caller
 * is known by its client id; who has shown no good token, by the address. Counted in this process alone.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
 */

export interface RateLimit {
  /** Counts one request. @returns the whole seconds to wait where it is one too many; 0 where it is welcome */
  count(key: string): number;
}

const MINUTE = 60_000;
/** More clients than this at a time are strangers that change their names: the oldest are forgotten. */
const MOST_KEYS = 100_000;

/** @param perMinute 0: no limit */
export function rateLimit(perMinute: number, now: () => number): RateLimit {
  const windows = new Map<string, { since: number; requests: number }>();

  const windowOf = (key: string, moment: number): { since: number; requests: number } => {
    const known = windows.get(key);
    if (known !== undefined && moment - known.since < MINUTE) return known;
    // The oldest window stands first, because a new one is put at the end.
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
