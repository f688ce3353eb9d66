/** What exporting and dropping a month have in common. One command at a time does this work, on one session. */
import type { LedgerKey } from '../../../engines/ledger/keys';
import { compareMonthFile } from '../../../engines/ledger/months/compare-month-file';
import {
  droppedMonths,
  exportOf,
  isUnder,
  readMonthRecords,
  writeMonthRecord,
  type ExportedMonth,
  type MonthRecord,
  type StoredMonthRecord,
} from '../../../engines/ledger/months/month-records';
import {
  MonthFault,
  readMonth,
  type MonthSink,
  type ReadMonth,
} from '../../../engines/ledger/months/read-month';
import { knownRuns } from '../../../engines/ledger/removed';
import { SEALING, SEALING_IDLE_MILLIS } from '../../../engines/ledger/seal';
import { sealThrough } from '../../../engines/ledger/seal-through';
import type { FactTables } from '../../../engines/ledger/sealed-tables';
import type { MonthFiles } from '../../../engines/store/month-files';
import { allowIdleness, limitIdleness } from '../../../engines/store/run-alone';
import { boundsOfMonth } from '../../../platform/months';
import type { Queryable, Session } from '../../../platform/postgres';

export interface MonthWork {
  session: Session;
  files: MonthFiles;
  auditKey: Buffer;
  key: LedgerKey;
  tables: FactTables;
  now: () => Date;
  newId: () => string;
}

/** How long after its end a month is closed: until then a record of it may still be on its way. */
export const CLOSED_AFTER_DAYS = 7;
const DAY_MILLIS = 86_400_000;

export function isClosed(month: string, now: Date): boolean {
  return boundsOfMonth(month).ends.getTime() + CLOSED_AFTER_DAYS * DAY_MILLIS <= now.getTime();
}

/** The months that were dropped, and the last export of each month. */
export async function readMonths({ session, auditKey }: Pick<MonthWork, 'session' | 'auditKey'>): Promise<{
  dropped: ReadonlyMap<string, StoredMonthRecord>;
  lastExport: (month: string) => StoredMonthRecord | undefined;
}> {
  const records = await readMonthRecords(session, auditKey);
  return { dropped: droppedMonths(records), lastExport: (month) => exportOf(month, records) };
}

/** Reads the month from the database, compared with what was sealed. @throws MonthFault when it differs */
export function readWhole(
  { auditKey }: Pick<MonthWork, 'auditKey'>,
  month: string,
  dropped: Iterable<Pick<ExportedMonth, 'firstSeal' | 'lastSeal'>>,
  transaction: <T>(work: (tx: Queryable) => Promise<T>) => Promise<T>,
  sink: MonthSink,
): Promise<ReadMonth> {
  const outside = [...dropped];
  const isWithoutAudit = (seal: number): boolean => isUnder(seal, outside);
  const runs = knownRuns(auditKey);
  return readMonth({ month, transaction, auditKey, runs, isWithoutAudit, sink });
}

/** Reads a file back from the store and verifies it. @throws MonthFault when it is not the one that was exported */
export async function checkStored(
  { files, key }: Pick<MonthWork, 'files' | 'key'>,
  exported: ExportedMonth,
): Promise<void> {
  const { file } = exported;
  const pieces = await files.read(file);
  if (typeof pieces === 'string') throw new MonthFault(`The file ${file} is missing in AUDIT_MONTHS_STORE.`);
  const fault = await compareMonthFile(pieces, exported, key.publicKey);
  if (fault === undefined) return;
  throw new MonthFault(`The file ${file} in AUDIT_MONTHS_STORE is not the one that was exported. ${fault}`);
}

/** What belongs into the transaction of a record. */
export interface Dropping {
  /** Before sealing is held up: it may take long. */
  compare(tx: Queryable): Promise<void>;
  /** After that: whoever seals reads the audit trail, so nobody may lock it and then wait for the sealer. */
  drop(tx: Queryable): Promise<void>;
}

/** Writes a record of the ledger, and seals it before anybody else can: a node of an earlier version would pass it over. */
export async function recordMonth(
  { session, auditKey, key, tables, now }: MonthWork,
  record: MonthRecord,
  dropping?: Dropping,
): Promise<void> {
  try {
    const xid = await session.transaction(async (tx) => {
      await dropping?.compare(tx);
      await tx.query({ text: 'SELECT pg_advisory_lock(hashtext($1))' }, [SEALING]);
      // No node can seal while a command that stalls has the lock.
      await limitIdleness(tx, SEALING_IDLE_MILLIS);
      await dropping?.drop(tx);
      return writeMonthRecord(tx, record, auditKey);
    });
    await sealThrough({ database: session, key, tables, now }, xid);
  } finally {
    await session
      .query({ text: 'SELECT pg_advisory_unlock(hashtext($1))' }, [SEALING])
      .catch(() => undefined);
    await allowIdleness(session).catch(() => undefined);
  }
}

/** A sink for a month that is only compared. */
export const nowhere: MonthSink = {
  shape: async () => undefined,
  seal: async () => undefined,
  row: async () => undefined,
};
