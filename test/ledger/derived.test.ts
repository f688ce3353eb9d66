/**
 * What is derived of a stored resource is not sealed: it is made again, and what differs is a fault of its own kind,
 * with the command that puts it right. Nothing of a patient is in it.
 */
import { exportLedger } from '../../src/engines/ledger/export';
import { FACT_LISTS, FACTS } from '../../src/engines/ledger/row-digest';
import { createVerifier, type Verification } from '../../src/engines/ledger/verify';
import { verifyExported } from '../../src/engines/ledger/verify-export';
import { BASE_COLUMNS } from '../../src/engines/indexing/columns';
import { accepted, freshSummary } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';
import { openOneTransaction, type OneTransaction } from './one-transaction';

let ledger: Sealed;
let on: OneTransaction;
beforeAll(async () => {
  ledger = await startSealed();
  on = await openOneTransaction(ledger.homeward.app.database, true);
});
afterAll(async () => {
  await on.end();
  await ledger.close();
});

/** What verification says after these changes, which are undone. */
const verifiedAfter = (changes: string[], pending: string[] = []): Promise<Verification> =>
  on.undone([], async () => {
    for (const change of changes) expect(await on.change(change)).toBe(1);
    return createVerifier({
      ...ledger.known,
      database: on.database,
      known: async () => ({ heads: [], alarms: [] }),
      pending: async () => pending,
    }).verify();
  });

const idOf = async (from: string): Promise<string> =>
  (await on.rows<{ id: string }>(`SELECT id FROM ${from} ORDER BY id LIMIT 1`))[0]!.id;

describe('a derived column that somebody changed', () => {
  it('is a fault with the type, the id, the version, the column and the command that makes it anew', async () => {
    const id = await idOf('patient');
    const { status, faults } = await verifiedAfter([
      `UPDATE patient SET family_folded = ARRAY['nobody'] WHERE id = '${id}'`,
    ]);
    expect(status).toBe('fail');
    expect(faults).toEqual([
      {
        kind: 'derived',
        record: { kind: 'Patient', id },
        text:
          `Patient ${id}, version 1: the column family_folded is not what the content of the resource gives. ` +
          'Run: homeward reindex Patient',
      },
    ]);
  });

  it('is found in an earlier version, in a withdrawal and in the row of a Bundle too', async () => {
    const past = await idOf('observation_history WHERE NOT deleted');
    const gone = await idOf('observation_history WHERE deleted');
    const { faults } = await verifiedAfter([
      `UPDATE observation_history SET status = NULL WHERE id = '${past}' AND NOT deleted`,
      `UPDATE observation_history SET status = 'final' WHERE id = '${gone}' AND deleted`,
      `UPDATE bundle SET type = 'other' WHERE id = '${ledger.first}'`,
    ]);
    expect(faults.map(({ kind, record }) => `${kind} ${record?.id}`).sort()).toEqual(
      [past, gone, ledger.first].map((id) => `derived ${id}`).sort(),
    );
  });

  it('is found where only the way in which a number is written was changed', async () => {
    const id = await idOf('observation WHERE value_quantity IS NOT NULL');
    const { faults } = await verifiedAfter([
      `UPDATE observation SET value_quantity = value_quantity * 1.00 WHERE id = '${id}'`,
    ]);
    expect(faults).toMatchObject([{ kind: 'derived', record: { kind: 'Observation', id } }]);
  });

  it('is found before the row is sealed', async () => {
    // While this transaction is open nothing is sealed.
    const { submissionId } = await accepted(ledger.homeward, freshSummary());
    const id = await idOf(`encounter WHERE submission_id = '${submissionId}'`);
    const { faults, unsealed } = await verifiedAfter([
      `UPDATE encounter SET status = 'planned' WHERE id = '${id}'`,
    ]);
    expect(unsealed?.records).toBeGreaterThan(0);
    expect(faults).toMatchObject([{ kind: 'derived', record: { kind: 'Encounter', id } }]);
  });

  it('is left out, and that is said, while the type is being made anew', async () => {
    const id = await idOf('patient');
    const verification = await verifiedAfter(
      [`UPDATE patient SET gender = 'other' WHERE id = '${id}'`],
      ['Patient'],
    );
    expect(verification).toMatchObject({
      status: 'pass',
      complete: false,
      reindexing: ['Patient'],
      faults: [],
    });
  });
});

describe('an export while a type is being made anew', () => {
  it('says so to whoever verifies it', async () => {
    const lines: string[] = [];
    const options = { ...ledger.known, database: on.database, pending: async () => ['Patient'] };
    for await (const line of exportLedger({ ...options, now: () => new Date() })) lines.push(line);
    expect(await verifyExported(lines, { publicKey: ledger.known.publicKey })).toMatchObject({
      status: 'pass',
      complete: false,
      reindexing: ['Patient'],
    });
  });
});

describe('a row in another table than its type’s', () => {
  it('is a derived fault: the ledger still knows the version, and reindex moves it', async () => {
    const id = await idOf('encounter WHERE version_id = 1');
    const facts = 'id, version_id, last_updated, patient_id, submission_id, sender, content, xid';
    const { faults } = await verifiedAfter([
      `WITH gone AS (DELETE FROM encounter WHERE id = '${id}' RETURNING ${facts})
        INSERT INTO other_resource (${facts}, resource_type) SELECT ${facts}, 'Encounter' FROM gone`,
    ]);
    expect(faults).toEqual([
      {
        kind: 'derived',
        record: { kind: 'Encounter', id },
        text: `Encounter ${id}, version 1: is in the table other_resource, not in encounter. Run: homeward reindex Encounter`,
      },
    ]);
  });
});

describe('the list of facts', () => {
  it('is what every table has that is not made of the content, and the transaction', () => {
    expect([...FACT_LISTS[FACTS]!].sort()).toEqual([...BASE_COLUMNS.map(({ name }) => name), 'xid'].sort());
  });
});
