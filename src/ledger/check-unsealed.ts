/** Records that are not sealed yet: what can be said of them is whether the server wrote them. */
import type { Database } from '../platform/postgres';
import { names } from './check-heads';
import type { Faults } from './fault';
import { readRecords } from './read-records';
import { withFixedForms, type Shape } from './shape';

const END = '18446744073709551615';

export async function checkUnsealed(
  database: Database,
  shape: Shape,
  upto: string,
  auditKey: Buffer,
  faults: Faults,
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY' });
    await withFixedForms(tx);
    const { records } = await readRecords(tx, shape, { from: upto, upto: END }, auditKey);
    for (const { kind, id, genuine } of records)
      if (!genuine)
        faults.add({
          kind: 'forged',
          record: { kind, id },
          text: `The ${names[kind]}, not sealed yet, was not written by the server.`,
        });
  });
}
