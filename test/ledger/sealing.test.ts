/** Sealing by several nodes at once, and beside transactions that take their time. */
import { sealedTables } from '../../src/app';
import { openStore } from '../../src/app/open-store';
import { StartFailure } from '../../src/app/start-failure';
import { ledgerVerify } from '../../src/interfaces/cli/ledger';
import { readConfig, type Config } from '../../src/config';
import { openLedgerKey } from '../../src/engines/ledger/keys';
import { seal, type Sealed as Seal } from '../../src/engines/ledger/seal';
import { createLogger } from '../../src/platform/logger';
import { accepted, freshSummary, send } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';

let ledger: Sealed;
beforeAll(async () => {
  ledger = await startSealed();
});
afterAll(() => ledger.close());

async function sealOnce(): Promise<Seal | undefined> {
  const { database } = ledger.homeward.app;
  return seal({ database, key: await openLedgerKey(database), tables: sealedTables, now: () => new Date() });
}

describe('sealing', () => {
  it('by many at once makes one chain', async () => {
    const work = Array.from({ length: 8 }, () => accepted(ledger.homeward, freshSummary()));
    const seals = await Promise.all(Array.from({ length: 40 }, () => sealOnce()));
    await Promise.all(work);
    await ledger.sealed();
    expect(seals.some((each) => each === undefined)).toBe(true);
    expect(await ledger.verify()).toMatchObject({ status: 'pass', faults: [] });
  });

  it('goes on past the tenth head, whose number is a longer text', async () => {
    const heads = async (): Promise<number> =>
      Number((await ledger.query('SELECT max(seal) AS last FROM ledger_seal'))[0].last);
    for (let sealed = await heads(); sealed < 12; sealed = await heads()) {
      await ledger.homeward.call('GET', '/FHIR/R4/Patient?_count=0');
      for (const now = sealed; (await heads()) === now;) await sealOnce();
    }
    expect(await heads()).toBeGreaterThanOrEqual(12);
    expect(await ledger.verify()).toMatchObject({ status: 'pass', faults: [] });
  });

  it('passes over nothing that commits late, and waits with what came after it', async () => {
    const { pool } = ledger.homeward.app.database;
    const slow = await pool.connect();
    let submissionId: string;
    try {
      await slow.query('BEGIN');
      const { rows } = await slow.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
      ({ submissionId } = await send(ledger.homeward, freshSummary()));
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const [last] = await ledger.query('SELECT max(upto)::text AS upto FROM ledger_seal');
      expect(BigInt(last.upto)).toBeLessThanOrEqual(BigInt(rows[0]!.xid));
      const { json } = await ledger.homeward.call('GET', `/submissions/${submissionId}/proof`);
      expect(json.status).toBe('pending');
    } finally {
      await slow.query('COMMIT');
      slow.release();
    }
    await ledger.sealed();
    const { json } = await ledger.homeward.call('GET', `/submissions/${submissionId}/proof`);
    expect(json.status).toBe('sealed');
    expect(await ledger.verify()).toMatchObject({ status: 'pass', faults: [] });
  });

  it('tells what waits, and since when', async () => {
    const { pool } = ledger.homeward.app.database;
    const sealer = await pool.connect();
    try {
      const before = Date.now();
      // As if another node were at it, and never done.
      await sealer.query("SELECT pg_advisory_lock(hashtext('homeward.ledger'))");
      await ledger.homeward.call('GET', '/FHIR/R4/Patient?_count=0');
      const { unsealed } = await ledger.verify();
      expect(unsealed?.records).toBeGreaterThan(0);
      expect(Date.parse(unsealed?.since ?? '')).toBeGreaterThan(before - 60_000);
    } finally {
      await sealer.query('SELECT pg_advisory_unlock_all()');
      sealer.release();
    }
    await ledger.sealed();
    expect((await ledger.verify()).unsealed).toEqual({ records: 0, since: null });
  });

  it('is refused after a restore into a cluster whose transaction numbers start anew, before anything is written', async () => {
    const { database } = ledger.homeward.app;
    const sealer = await database.pool.connect();
    try {
      await sealer.query("SELECT pg_advisory_lock(hashtext('homeward.ledger'))");
      await sealer.query(`INSERT INTO ledger_seal (seal, upto, head, signature, records)
        SELECT max(ledger_seal.seal) + 1, '5000000000', '{}', '', '' FROM ledger_seal`);
      const before = await ledger.query('SELECT count(*)::int AS n FROM audit_record');
      const print = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
      const refused = ledgerVerify.run([], ledger.env());
      await expect(refused).rejects.toThrow(
        /restored into another PostgreSQL cluster.*lower than those of the ledger \(5000000000\).*pg_resetwal --epoch=2 /,
      );
      print.mockRestore();
      await expect(openStore(config(ledger.env()), createLogger('silent'))).rejects.toThrow(StartFailure);
      expect(await ledger.query('SELECT count(*)::int AS n FROM audit_record')).toEqual(before);
    } finally {
      await sealer.query("DELETE FROM ledger_seal WHERE upto = '5000000000'");
      sealer.release(true);
    }
  });
});

function config(env: NodeJS.ProcessEnv): Config {
  const read = readConfig(env);
  if (!read.ok) throw new Error(read.faults.join('\n'));
  return read.config;
}
