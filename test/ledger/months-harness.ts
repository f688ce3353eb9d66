/** A server with a closed month, and what exports and drops it: what the tests of exported months have in common. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealedTables } from '../../src/app';
import { openLedgerKey } from '../../src/engines/ledger/keys';
import { createVerifier, type Verification } from '../../src/engines/ledger/verify';
import { openMonthFiles, type MonthFiles } from '../../src/engines/store/month-files';
import { runAlone } from '../../src/engines/store/run-alone';
import { newId } from '../../src/platform/ids';
import { monthOf } from '../../src/platform/months';
import { openObjectStore } from '../../src/platform/object-stores/open-object-store';
import type { Session } from '../../src/platform/postgres';
import type { ExportOptions } from '../../src/use-cases/auditing/months/export-month';
import { startSealed, type Sealed } from './harness';

const DAY_MILLIS = 86_400_000;

export interface ClosedMonth {
  ledger: Sealed;
  /** `2026-11`: everything that was done before the clock was set forward. */
  month: string;
  /** The folder with the files, or the address of their object store. */
  store: string;
  files: MonthFiles;
  /** Does work of months as the command does, on a session of its own. @param changed what is another than usual */
  work<T>(
    task: (options: ExportOptions) => Promise<T>,
    changed?: (options: ExportOptions) => Partial<ExportOptions>,
  ): Promise<T>;
  verify(readFile?: MonthFiles['read']): Promise<Verification>;
  /** The audit records of the month in the database. */
  inDatabase(): Promise<number>;
  close(): Promise<void>;
}

/**
 * @param before what is done in the month
 * @param place for the files; a folder of its own, if not given
 */
export async function startWithClosedMonth(
  before: (ledger: Sealed) => Promise<void>,
  place?: string,
): Promise<ClosedMonth> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-months-'));
  const store = place ?? join(folder, 'store');
  const ledger = await startSealed({ AUDIT_MONTHS_STORE: store });
  await before(ledger);
  await ledger.sealed();
  const month = monthOf(Date.now());
  const { database } = ledger.homeward.app;
  // From here on the server's clock shows a later month.
  await ledger.ahead(62 * DAY_MILLIS, async () => undefined);
  const files = openMonthFiles([openObjectStore(store, true)]);
  const common = {
    files,
    auditKey: ledger.known.auditKey,
    key: await openLedgerKey(database),
    tables: sealedTables,
    now: () => new Date(Date.now() + 62 * DAY_MILLIS),
    newId: () => newId(undefined, Date.now() + 62 * DAY_MILLIS),
    workFolder: join(folder, 'work'),
  };
  return {
    ledger,
    month,
    store,
    files,
    work: async (task, changed = () => ({})) => {
      const alone = async (session: Session) => {
        const options = { ...common, session };
        return task({ ...options, ...changed(options) });
      };
      const done = await runAlone(database, 'homeward.audit-months', { waits: true }, alone);
      if (!done.isMine) throw new Error('another one works');
      return done.result;
    },
    verify: (readMonthFile = files.read) => {
      const known = async () => ({ heads: [], alarms: [] });
      return createVerifier({ database, ...ledger.known, known, readMonthFile }).verify();
    },
    inDatabase: async () => {
      const [there] = await ledger.query(
        `SELECT count(*)::int AS count FROM audit_record WHERE to_char(last_updated AT TIME ZONE 'UTC', 'YYYY-MM') = $1`,
        [month],
      );
      return there.count;
    },
    close: async () => {
      await ledger.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
