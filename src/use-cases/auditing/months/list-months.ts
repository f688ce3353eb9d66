/** Where each month of the audit trail is. */
import { countRecords, monthsInDatabase } from '../../../engines/store/audit-partitions';
import type { ExportedMonth } from '../../../engines/ledger/months/month-records';
import { isClosed, readMonths, type MonthWork } from './month-work';

export interface MonthState {
  month: string;
  /** Records in the database. */
  inDatabase: number;
  isClosed: boolean;
  exported?: ExportedMonth;
  isDropped: boolean;
}

/** The months of which there are records, in their order. */
export async function listMonths(
  work: Pick<MonthWork, 'session' | 'auditKey' | 'now'>,
): Promise<MonthState[]> {
  const { dropped, lastExport } = await readMonths(work);
  const months = [...new Set([...dropped.keys(), ...(await monthsInDatabase(work.session))])].sort();
  const states: MonthState[] = [];
  for (const month of months) {
    const exported = dropped.get(month) ?? lastExport(month);
    const state = {
      month,
      inDatabase: await countRecords(work.session, month),
      isClosed: isClosed(month, work.now()),
      ...(exported ? { exported } : {}),
      isDropped: dropped.has(month),
    };
    if (state.inDatabase > 0 || exported) states.push(state);
  }
  return states;
}
