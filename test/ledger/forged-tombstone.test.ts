/**
 * Somebody with every right on the database, its secrets too, deletes a record that was sealed a moment ago and leaves a
 * tombstone for it, as retention would. None of it counts: the tombstone has no sealed run, or the record was too young.
 */
import { newId } from '../../src/platform/ids';
import { openLedgerKey } from '../../src/engines/ledger/keys';
import { lookAndSeal } from '../../src/engines/ledger/seal';
import { verifyExport } from '../../src/engines/ledger/verify-export';
import { writeRun, writeTombstones } from '../../src/engines/ledger/tombstone';
import { startSealed, type Sealed } from './harness';

const DAY = 86_400_000;

let ledger: Sealed;
beforeAll(async () => {
  ledger = await startSealed();
});
afterAll(() => ledger.close());

/** Seals at once, where the server would take up to a second. */
async function sealAll(now = () => new Date()): Promise<void> {
  const { database } = ledger.homeward.app;
  const options = { database, key: await openLedgerKey(database), tables: ledger.known.tables };
  for (;;) {
    const { oldestUnsealed } = await lookAndSeal({ ...options, now });
    if (oldestUnsealed === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Seals with the ledger's key at a time of one's own choice, while the lock keeps the server from it. */
async function sealBeside(sealedAt: Date, run: string): Promise<void> {
  const { database } = ledger.homeward.app;
  const forger: typeof database = {
    ...database,
    transaction: (work) =>
      database.transaction((tx) =>
        work({
          query: (statement, values) =>
            statement.name === 'ledger_place'
              ? tx.query({
                  text: 'SELECT true AS mine, pg_snapshot_xmin(pg_current_snapshot())::text AS xmin',
                })
              : tx.query(statement, values),
        }),
      ),
  };
  const options = { database: forger, key: await openLedgerKey(database), tables: ledger.known.tables };
  for (;;) {
    await lookAndSeal({ ...options, now: () => sealedAt });
    const [{ isSealed }] = await ledger.query(
      `SELECT coalesce(max(l.upto), '0') > (SELECT xid FROM ledger_tombstone WHERE id = $1) AS "isSealed" FROM ledger_seal AS l`,
      [run],
    );
    if (isSealed) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Forgery {
  /** How many days the run says; no run at all without. */
  days?: number;
  /** When the run is said to have been. */
  startedAt?: Date;
  /** Whether the run is sealed before the tombstone is written. */
  sealed?: boolean;
  /** What time the head names that seals the run: the server's own unless given. */
  sealedAt?: Date;
}

/** Deletes an audit record of just now with a tombstone, and says what verification finds, online and offline. */
async function after({
  days,
  startedAt = new Date(),
  sealed = true,
  sealedAt,
}: Forgery): Promise<[string[], string[]]> {
  const { database } = ledger.homeward.app;
  const { auditKey } = ledger.known;
  const run = newId();
  if (days !== undefined && sealed) {
    // The server would seal it first: whoever has the database keeps it from that.
    const { pool } = database;
    const guard = sealedAt === undefined ? undefined : await pool.connect();
    await guard?.query("SELECT pg_advisory_lock(hashtext('homeward.ledger'))");
    await writeRun(database, { id: run, startedAt, olderThanDays: days }, auditKey);
    await (sealedAt === undefined ? sealAll() : sealBeside(sealedAt, run));
    guard?.release(true);
  }
  await ledger.homeward.call('GET', '/FHIR/R4/Observation?_count=1');
  await sealAll();
  const results = await ledger.undone(['audit_record', 'ledger_tombstone'], async () => {
    if (days !== undefined && !sealed)
      await writeRun(database, { id: run, startedAt, olderThanDays: days }, auditKey);
    const [{ id, seal }] = await ledger.query(`DELETE FROM audit_record
      WHERE id = (SELECT id FROM audit_record ORDER BY id DESC LIMIT 1)
      RETURNING id, (SELECT min(l.seal)::text FROM ledger_seal AS l WHERE l.upto > audit_record.xid) AS seal`);
    const tombstone = { id: newId(), seal, removed: [id], kept: {}, removedAt: startedAt, policy: '8y', run };
    await writeTombstones(database, [tombstone], auditKey);
    const offline = await verifyExport(await ledger.exportTo('forged.jsonl'));
    return [(await ledger.verify()).faults, offline?.faults ?? []];
  });
  // Forged runs of other tests stay: they are sealed, and are faults of their own.
  const [online, offline] = results.map((faults) =>
    faults.map(({ kind, record }) => `${kind} ${record?.kind ?? ''}`),
  );
  return [online!, offline!];
}

describe('a tombstone that somebody forges with the server’s own secret', () => {
  it('covers nothing without a run', async () => {
    const [online, offline] = await after({});
    expect(online).toEqual(expect.arrayContaining(['deleted audit', 'forged tombstone']));
    expect(offline).toEqual(expect.arrayContaining(['deleted audit', 'forged tombstone']));
  });

  it('covers nothing with a run that is not sealed', async () => {
    const startedAt = new Date(Date.now() + 40 * DAY);
    const [online] = await after({ days: 30, startedAt, sealed: false });
    expect(online).toEqual(expect.arrayContaining(['deleted audit', 'forged tombstone']));
  });

  it('covers nothing that is younger than the policy of a run that is sealed', async () => {
    const [online, offline] = await after({ days: 30 });
    expect(online).toEqual(['deleted audit']);
    expect(offline).toEqual(['deleted audit']);
  });

  it('covers nothing where the run names a time to come', async () => {
    const [online] = await after({ days: 2922, startedAt: new Date(Date.now() + 3000 * DAY) });
    expect(online).toEqual(expect.arrayContaining(['deleted audit', 'forged tombstone']));
  });

  it('covers nothing where the run names a time to come, and is sealed by a head of that time', async () => {
    const startedAt = new Date(Date.now() + 31 * DAY);
    const [online, offline] = await after({ days: 30, startedAt, sealedAt: startedAt });
    expect(online).toEqual(expect.arrayContaining(['deleted audit', 'forged tombstone']));
    expect(offline).toEqual(expect.arrayContaining(['deleted audit', 'forged tombstone']));
  });

  it('covers nothing where the policy of the run is shorter than 30 days', async () => {
    const [online] = await after({ days: 0 });
    expect(online).toEqual(expect.arrayContaining(['deleted audit', 'forged tombstone']));
  });
});
