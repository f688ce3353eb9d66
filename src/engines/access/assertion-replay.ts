/**
 * Remembers the client assertions that were used, so that each works only once, on whichever node.
 * @see https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../../platform/postgres';

export interface AssertionReplay {
  /** True for the first use; false for every later one. @throws when the database is not available */
  use(clientId: string, jti: string, expiresAtMillis: number): Promise<boolean>;
}

/** How long an assertion is remembered after it expires: more than nodes' clocks may differ. */
const MARGIN_MILLIS = 300_000;
const CLEANING_MILLIS = 60_000;

export function createAssertionReplay(db: Queryable, now: () => number): AssertionReplay {
  let cleanedAt = now();
  return {
    use: async (clientId, jti, expiresAtMillis) => {
      if (now() - cleanedAt >= CLEANING_MILLIS) {
        cleanedAt = now();
        await forgetExpired(db, now());
      }
      const rows = await db.query(
        {
          name: 'used_assertion_insert',
          text: `INSERT INTO used_assertion (client_id, jti_sha256, expires_at) VALUES ($1, $2, $3)
                 ON CONFLICT DO NOTHING RETURNING client_id`,
        },
        [clientId, createHash('sha256').update(jti).digest(), new Date(expiresAtMillis + MARGIN_MILLIS)],
      );
      return rows.length === 1;
    },
  };
}

/**
 * Deletes up to a thousand expired ones, except those that another node is deleting. A request waits for it, so it must
 * be short.
 */
async function forgetExpired(db: Queryable, nowMillis: number): Promise<void> {
  await db.query(
    {
      name: 'used_assertion_forget',
      text: `DELETE FROM used_assertion WHERE (client_id, jti_sha256) IN
               (SELECT client_id, jti_sha256 FROM used_assertion WHERE expires_at < $1
                LIMIT 1000 FOR UPDATE SKIP LOCKED)`,
    },
    [new Date(nowMillis)],
  );
}
