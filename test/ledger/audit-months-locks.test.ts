/** What exporting and dropping a month lock while a server works: nobody waits for somebody who waits for them. */
import { partitionOf } from '../../src/engines/store/audit-partitions';
import type { Queryable } from '../../src/platform/postgres';
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

/** How long the session may be idle, each time that it holds up sealing, and at the end. */
const idleWhileHeld: string[] = [];
const idleAfter: unknown[] = [];
const IDLE_WHILE_HELD = `SELECT current_setting('idle_session_timeout') AS idle FROM pg_locks
  WHERE pid = pg_backend_pid() AND locktype = 'advisory' AND objid = hashtext('homeward.ledger')::oid`;

it('makes a partition that is missing as the server does, one at a time', async () => {
  const { ledger, month, work } = closed;
  const table = partitionOf(month).table;
  await ledger.query(`ALTER TABLE audit_record DETACH PARTITION ${table}`);
  await ledger.query(`INSERT INTO audit_record_default SELECT * FROM ${table}`);
  await ledger.query(`DROP TABLE ${table}`);
  const texts: string[] = [];
  const noted = (on: Queryable): Queryable => ({
    query: (statement, values) => (texts.push(statement.text), on.query(statement, values)),
  });
  await work(
    async (options) => {
      await exportMonth(options, month);
      idleAfter.push(...(await options.session.query({ text: 'SHOW idle_session_timeout' })));
    },
    ({ session }) => ({
      session: {
        ...noted(session),
        transaction: async (task) => {
          const done = await session.transaction((tx) => task(noted(tx)));
          const held = await session.query<{ idle: string }>({ text: IDLE_WHILE_HELD });
          idleWhileHeld.push(...held.map(({ idle }) => idle));
          return done;
        },
      },
    }),
  );
  const made = texts.findIndex((text) => text.startsWith(`CREATE TABLE ${table} `));
  expect(texts.slice(made - 3, made - 1)).toEqual([
    "SET LOCAL lock_timeout = '3s'",
    "SELECT pg_advisory_xact_lock(hashtext('homeward.audit_partitions'))",
  ]);
  expect(await ledger.query(`SELECT 1 FROM audit_record_default`)).toEqual([]);
});

it('holds up sealing only in a session that PostgreSQL ends when it is idle', () => {
  expect(new Set(idleWhileHeld)).toEqual(new Set(['15s']));
  expect(idleAfter).toEqual([{ idle_session_timeout: '0' }]);
});

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
