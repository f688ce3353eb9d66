/**
 * Drops an exported month from the database. Before that, the file is read from the store and verified, and the database
 * is compared with it. The records go in the same transaction that writes the record of the drop: all of it or nothing.
 */
import type { ExportedMonth } from '../../../engines/ledger/months/month-records';
import { MonthFault } from '../../../engines/ledger/months/read-month';
import { dropPartition, hasPartition, holdMonth } from '../../../engines/store/audit-partitions';
import { checkStored, nowhere, readMonths, readWhole, recordMonth, type MonthWork } from './month-work';

/** @returns the month as it was exported, and whether it was dropped now, and not before */
export async function dropMonth(
  work: MonthWork,
  month: string,
): Promise<{ exported: ExportedMonth; isNew: boolean }> {
  const { session, newId, now } = work;
  const { dropped, lastExport } = await readMonths(work);
  const isThere = await hasPartition(session, month);
  const before = dropped.get(month);
  if (before && !isThere) return { exported: before, isNew: false };
  const exported = lastExport(month);
  if (!exported)
    throw new MonthFault(`${month} was not exported. Run homeward audit-months export ${month} first.`);
  if (!isThere) throw new MonthFault(`There are no audit records of ${month} in the database.`);
  await checkStored(work, exported);
  const others = [...dropped.values()].filter((each) => each.month !== month);
  const { file, sha256, bytes, records, leaves, firstSeal, lastSeal } = exported;
  const same = { month, file, sha256, bytes, records, leaves, firstSeal, lastSeal };
  const record = { ...same, id: newId(), act: 'dropped', exported: exported.id, madeAt: now() } as const;
  await recordMonth(work, record, {
    compare: async (tx) => {
      await holdMonth(tx, month);
      const found = await readWhole(work, month, others, (each) => each(tx), nowhere);
      if (found.records !== records || !found.leaves.equals(leaves))
        throw new MonthFault(
          `${month} has changed since it was exported (${found.records} records instead of ${records}), for example by homeward retention. Export it again first.`,
        );
    },
    drop: (tx) => dropPartition(tx, month),
  });
  return { exported, isNew: true };
}
