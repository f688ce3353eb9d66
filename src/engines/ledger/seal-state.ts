/** The newest seal, and when the ledger was verified last: without verifying anything. */
import type { Queryable } from '../../platform/postgres';
import { readHead, type Head } from './head';

/** Undefined before the first seal. */
export async function lastSeal(db: Queryable): Promise<Head | undefined> {
  const [row] = await db.query<{ head: string }>({
    name: 'ledger_newest_seal',
    text: 'SELECT head FROM ledger_seal ORDER BY seal DESC LIMIT 1',
  });
  return row && readHead(row.head);
}

export interface VerifiedAt {
  at: Date;
  /** The person or the client. */
  by: string;
}

/** The last verification that is in the audit trail. */
export async function lastVerified(db: Queryable): Promise<VerifiedAt | undefined> {
  const [row] = await db.query<{ at: Date; by: string | null }>({
    name: 'ledger_newest_verification',
    text: `SELECT last_updated AS at, coalesce(user_name, client_id) AS by FROM audit_record
      WHERE interaction = '$ledger-verify' ORDER BY last_updated DESC LIMIT 1`,
  });
  return row && { at: row.at, by: row.by ?? 'unknown' };
}
