/** Waits for the ledger of a running server. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../src/platform/postgres';

/**
 * Waits until every audit record and review mark that is there by now lies under a seal. Transactions of other
 * databases count in a snapshot too, so what is waited for is the newest record itself.
 */
export async function untilSealed(database: Database): Promise<void> {
  const [newest] = await database.query<{ xid: string | null }>({
    text: `SELECT greatest(
      (SELECT xid FROM audit_record ORDER BY xid DESC LIMIT 1),
      (SELECT xid FROM review_mark ORDER BY xid DESC LIMIT 1))::text AS xid`,
  });
  // Retention may have removed all of them.
  if (newest!.xid === null) return;
  for (const deadline = Date.now() + 60_000; ; await sleep(20)) {
    const [row] = await database.query<{ is_sealed: boolean | null }>(
      { text: 'SELECT max(upto) > $1::xid8 AS is_sealed FROM ledger_seal' },
      [newest!.xid],
    );
    if (row!.is_sealed === true) return;
    if (Date.now() > deadline) throw new Error('nothing is sealed');
  }
}
