/** Retention: what it removes, what it keeps, and that the ledger goes on to verify. */
import { sealedTables } from '../../src/app';
import { applyRetention, type RetentionResult } from '../../src/use-cases/auditing/retention';
import { verifyExport } from '../../src/engines/ledger/verify-export';
import { newId } from '../../src/platform/ids';
import type { Database } from '../../src/platform/postgres';
import { secret } from '../../src/engines/store/secrets';
import { accepted, freshSummary, stored } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';

const YEAR = 365.25 * 86_400_000;

let ledger: Sealed;
let child: string;
beforeAll(async () => {
  ledger = await startSealed();
  child = (await accepted(ledger.homeward, freshSummary().birthDate('2020-05-01'))).submissionId;
  await ledger.sealed();
});
afterAll(() => ledger.close());

/** As if so many years had gone by. */
async function after(
  years: number,
  dryRun = false,
  database = ledger.homeward.app.database,
): Promise<RetentionResult> {
  return ledger.ahead(years * YEAR, async (now) =>
    applyRetention({
      database,
      tables: { ...sealedTables, patients: ledger.homeward.app.patients },
      auditKey: await secret(database, 'audit'),
      olderThanMillis: 8 * YEAR,
      now,
      newId,
      lockPatients: async () => undefined,
      dryRun,
    }),
  );
}

const count = async (table: string): Promise<number> =>
  (await ledger.query(`SELECT count(*)::int AS count FROM ${table}`))[0].count;

describe('retention', () => {
  it('removes nothing before its time', async () => {
    expect(await after(7.9)).toMatchObject({ patients: 0, submissions: 0, auditRecords: 0, documents: 0 });
  });

  it('counts first, and changes nothing by it', async () => {
    const before = await count('submission');
    const counted = await after(9, true);
    expect(counted).toMatchObject({ patients: 2, submissions: 4, heldBack: 0 });
    expect(counted.rows).toBeGreaterThan(30);
    expect(await count('submission')).toBe(before);
    expect(await ledger.verify()).toMatchObject({ status: 'pass' });
  });

  it('removes adults’ records and what nobody is kept for; a child’s stay', async () => {
    const patient = await stored(ledger.homeward, child, 'Patient');
    await ledger.query(`INSERT INTO delivery (id, name, submission_id, state, created_at, try_at, give_up_at, attempts, uncertain, envelope)
      SELECT id, 'gp', id, 'delivered', received_at, received_at, received_at, 1, false, '{}' FROM submission`);
    const removed = await after(9);
    expect(removed).toMatchObject({ patients: 2, submissions: 4 });
    expect(await count('submission')).toBe(1);
    expect(await count('patient')).toBe(1);
    expect(await count('observation WHERE patient_id IS NULL')).toBe(0);
    expect(await count('observation_history')).toBe(0);
    expect(await count('review_mark')).toBe(0);
    expect(await count('delivery')).toBe(1);
    expect(await count('document_bytes')).toBe(1);
    expect((await ledger.homeward.call('GET', `/FHIR/R4/Patient/${patient.id}`)).status).toBe(200);
    expect((await ledger.homeward.call('GET', `/submissions/${ledger.first}`)).status).toBe(404);
    const left = await ledger.query('SELECT submission_id FROM audit_record WHERE submission_id IS NOT NULL');
    expect(left.map(({ submission_id }) => submission_id)).toEqual([child]);
  });

  it('leaves a ledger that verifies, offline too, with its tombstones sealed', async () => {
    await ledger.sealed();
    expect(await ledger.verify()).toMatchObject({ status: 'pass', faults: [] });
    expect(await verifyExport(await ledger.exportTo('after.jsonl'))).toMatchObject({
      status: 'pass',
      faults: [],
    });
    expect(await count('ledger_tombstone')).toBeGreaterThan(0);
  });

  it('is no cover for others: without the tombstones, what is gone is missed', async () => {
    const found = await ledger.undone(['ledger_tombstone'], async () => {
      await ledger.query('DELETE FROM ledger_tombstone');
      return ledger.verify();
    });
    expect(found.status).toBe('fail');
    expect(found.faults.map(({ kind }) => kind)).toContain('deleted');
  });

  it('removes the child’s record when the child has grown up, though the run before died in the middle', async () => {
    const { database } = ledger.homeward.app;
    let isPatientGone = false;
    const dying: Database = {
      ...database,
      transaction: async (work, ...more) => {
        if (isPatientGone) throw new Error('died');
        const done = await database.transaction(work, ...more);
        isPatientGone = (await count('patient')) === 0;
        return done;
      },
    };
    await expect(after(30, false, dying)).rejects.toThrow('died');
    await ledger.sealed();
    const { faults } = await ledger.verify();
    expect(faults.filter(({ kind }) => kind !== 'document')).toEqual([]);
    expect(await after(30)).toMatchObject({ patients: 0, documents: 1 });
    expect([await count('submission'), await count('document_bytes')]).toEqual([0, 0]);
    await ledger.sealed();
    expect(await ledger.verify()).toMatchObject({ status: 'pass', faults: [] });
  });
});
