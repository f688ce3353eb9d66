/**
 * Checks records that are not sealed yet: whether the server wrote them, how many there are, and since when they wait.
 */
import { timeOfId } from '../../platform/ids';
import type { Database } from '../../platform/postgres';
import { names } from './check-heads';
import type { Faults } from './fault';
import { readRecords } from './read-records';
import type { FactTables } from './sealed-tables';
import { withFixedForms, type Shape } from './sealed-columns';

const END = '18446744073709551615';

export interface Unsealed {
  records: number;
  /** When the oldest of them was made, an instant; null when there is none. */
  since: string | null;
}

export interface UnsealedCheck {
  database: Database;
  shape: Shape;
  tables: FactTables;
  /** Everything before this transaction is sealed. */
  upto: string;
  auditKey: Buffer;
  faults: Faults;
}

export async function checkUnsealed(check: UnsealedCheck): Promise<Unsealed> {
  const { database, shape, tables, upto, auditKey, faults } = check;
  return database.transaction(async (tx) => {
    await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY' });
    await withFixedForms(tx);
    const [now] = await tx.query<{ next: string }>({
      text: 'SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text AS next',
    });
    const next = BigInt(now?.next ?? END);
    const { records } = await readRecords(tx, shape, tables, { from: upto, upto: END }, auditKey);
    for (const { kind, id, genuine } of records)
      if (!genuine)
        faults.add({
          kind: 'forged',
          record: { kind, id },
          text: `The ${names[kind]} is not sealed yet, and was not written by the server.`,
        });
    for (const { kind, id, xid } of records)
      if (xid >= next)
        faults.add({
          kind: 'changed',
          record: { kind, id },
          text: `The ${names[kind]} has a transaction number that does not exist yet, so it would not be sealed.`,
        });
    let oldest = Infinity;
    for (const { id } of records) oldest = Math.min(oldest, timeOfId(id) ?? Infinity);
    return { records: records.length, since: oldest === Infinity ? null : new Date(oldest).toISOString() };
  });
}
