/**
 * Limits the attempts to sign in of each address, over all processes and nodes. An address may use its attempts at
 * once; after that they come back evenly over a minute.
 */
import type { Queryable } from '../../../platform/postgres';

const MINUTE = 60_000;

export interface SignInThrottle {
  /** Counts one attempt. @returns the whole seconds to wait when there are too many; otherwise 0 */
  count(address: string): Promise<number>;
}

/** @param perMinute at least 1 */
export function signInThrottle(db: Queryable, perMinute: number, now: () => Date): SignInThrottle {
  const share = MINUTE / perMinute;
  return {
    count: async (address) => {
      const moment = now().getTime();
      const rows = await db.query(
        {
          name: 'console_throttle_count',
          text: `INSERT INTO console_throttle AS known (address, used_until)
                 VALUES ($1, $2::timestamptz + $3 * interval '1 millisecond')
                 ON CONFLICT (address) DO UPDATE
                 SET used_until = greatest(known.used_until, $2) + $3 * interval '1 millisecond'
                 WHERE greatest(known.used_until, $2) + $3 * interval '1 millisecond' <= $4
                 RETURNING address`,
        },
        [address, new Date(moment), share, new Date(moment + MINUTE + 1)],
      );
      if (rows.length > 0) return 0;
      await db.query(
        {
          name: 'console_throttle_forget',
          text: 'DELETE FROM console_throttle WHERE used_until < $1',
        },
        [new Date(moment)],
      );
      return Math.max(1, Math.ceil(share / 1000));
    },
  };
}
