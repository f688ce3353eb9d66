/** What exporting and dropping a month lock while a server works: nobody waits for somebody who waits for them. */
import { dropMonth } from '../../src/use-cases/auditing/months/drop-month';
import { exportMonth } from '../../src/use-cases/auditing/months/export-month';
import { startWithClosedMonth, type ClosedMonth } from './months-harness';

jest.setTimeout(60_000);

let closed: ClosedMonth;
beforeAll(async () => {
  closed = await startWithClosedMonth(async () => undefined);
});
afterAll(() => closed.close());

/** Until a session waits for the lock of whoever seals. */
async function untilSealingIsWaitedFor(): Promise<void> {
  for (let isWaiting = false; !isWaiting;) {
    const [row] = await closed.ledger.query(
      `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS waits`,
    );
    isWaiting = row.waits;
  }
}

it('reads the audit trail for a seal while a month waits to be dropped', async () => {
  const { ledger, month, work } = closed;
  await work((options) => exportMonth(options, month));
  const sealer = await ledger.homeward.app.database.pool.connect();
  try {
    await sealer.query('BEGIN');
    await sealer.query("SELECT pg_advisory_xact_lock(hashtext('homeward.ledger'))");
    const dropping = work((options) => dropMonth(options, month));
    await Promise.race([untilSealingIsWaitedFor(), dropping]);
    await sealer.query('LOCK TABLE audit_record IN ACCESS SHARE MODE NOWAIT');
    await sealer.query('COMMIT');
    expect(await dropping).toMatchObject({ isNew: true });
  } finally {
    // Ends the connection, and with it the lock.
    sealer.release(true);
  }
  await ledger.sealed();
  expect(await closed.verify()).toMatchObject({ status: 'pass', complete: true, faults: [] });
});
