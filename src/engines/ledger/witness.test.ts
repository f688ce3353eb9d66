/** What a node remembers of transactions that a leader lost when it died, and of those that were committed. */
import { atOnce } from '../../fhir/slices';
import { createWitness } from './witness';
import type { FactTables } from './sealed-tables';

const tables = { tables: [], types: {}, unlisted: [], columns: {} } as unknown as FactTables;
const ID = '01a22510-0ff1-72f8-aaa0-62291c183ebf';
const plan = {
  writes: [],
  withdrawals: [],
  others: [{ table: 'audit_record', columns: ['id', 'content'], rows: [{ id: ID, content: '{}' }] }],
};
/** A database in which transaction 7 was committed, perhaps by somebody else, and which has these audit records. */
const database = (rows: object[]) => ({
  query: async ({ name }: { name?: string }) =>
    (name === 'witness_status' ? [{ xid: '7', status: 'committed' }] : rows) as never,
});

describe('what a node wrote', () => {
  afterEach(() => jest.useRealTimers());

  it('is a fault where it is gone, once the node knows that it was committed', async () => {
    const witness = createWitness(tables, () => true);
    atOnce(witness.wrote(plan, '7'))();
    expect(await witness.compare(database([]), '9')).toEqual([
      { kind: 'deleted', record: { kind: 'audit', id: ID }, text: expect.stringContaining('deleted') },
    ]);
  });

  it('is no fault where it is gone and no answer to COMMIT came, though its number was given to another transaction', async () => {
    jest.useFakeTimers();
    const witness = createWitness(tables, () => true);
    const committed = atOnce(witness.wrote(plan, '7'));
    expect(await witness.compare(database([]), '9')).toEqual([]);
    jest.advanceTimersByTime(6 * 60_000);
    expect(await witness.compare(database([]), '9')).toEqual([]);
    committed();
    expect(await witness.compare(database([]), '9')).toEqual([]);
  });

  it('is a fault where the answer to COMMIT comes later than the comparison', async () => {
    const witness = createWitness(tables, () => true);
    const committed = atOnce(witness.wrote(plan, '7'));
    expect(await witness.compare(database([]), '9')).toEqual([]);
    committed();
    expect(await witness.compare(database([]), '9')).toHaveLength(1);
  });

  it('is a fault where it was changed, whether an answer came or not', async () => {
    const witness = createWitness(tables, () => true);
    atOnce(witness.wrote(plan, '7'));
    const faults = await witness.compare(database([{ id: ID, content: 'other' }]), '9');
    expect(faults).toEqual([expect.objectContaining({ kind: 'changed' })]);
  });
});
