/** Opens the audit trail and the ledger of a running node. `app.ts` calls it once. */
import type { Documents } from '../../engines/store/documents';
import type { MonthFiles } from '../../engines/store/month-files';
import type { Patients } from '../../definitions/patients';
import { openLedger, type Ledger } from '../../engines/ledger/open-ledger';
import type { SealedTables } from '../../engines/ledger/sealed-tables';
import { describeError, type Logger } from '../../platform/logger';
import type { NewId } from '../../platform/ids';
import type { Database } from '../../platform/postgres';
import { sparing } from '../../platform/warn-sparingly';
import { readColumnByIds } from '../../engines/store/audit';
import { secret } from '../../engines/store/secrets';
import { keepPartitions } from './keep-partitions';
import { createRecorder, type Recorder } from './recorder';

export interface TrailOptions {
  database: Database;
  /** The database connections on which records are written, in groups. */
  writesOn: Database;
  log: Logger;
  now: () => Date;
  newId: NewId;
  patients: Patients;
  sealed: SealedTables;
  /** Returns the types whose derived columns are being rebuilt. */
  pending: () => Promise<readonly string[]>;
  documents: Pick<Documents, 'readOutside'>;
  monthFiles: Pick<MonthFiles, 'read'>;
  dataDir: string;
  isSandbox: boolean;
  ledgerAnchor: string | undefined;
  /** False for a worker process: it compares what it wrote, and its node's first process seals. */
  seals: boolean;
  /** Called with the time that each record took to become durable. */
  onWritten?: (seconds: number) => void;
}

export interface Trail extends Recorder {
  ledger: Ledger;
  /** The key that proves that this server wrote an audit record or a review mark. */
  auditKey: Buffer;
  stop(): Promise<void>;
}

/** The name of the secret from which `auditKey` is derived. */
export const AUDIT_SECRET = 'audit';

export async function openTrail(options: TrailOptions): Promise<Trail> {
  const { database, log, now } = options;
  const onProblem = sparing((text: string, error: unknown) =>
    log.warn(error === undefined ? {} : { err: describeError(error) }, text),
  );
  const partitions = await keepPartitions(database, now, (error) =>
    onProblem('could not create the partitions of the audit trail', error),
  );
  const auditKey = await secret(database, AUDIT_SECRET);
  const ledger = await openLedger({
    database,
    auditKey,
    tables: options.sealed,
    pending: options.pending,
    readOutside: options.documents.readOutside,
    readMonthFile: options.monthFiles.read,
    now,
    dataDir: options.dataDir,
    isSandbox: options.isSandbox,
    anchor: options.ledgerAnchor,
    seals: options.seals,
    onProblem,
    onAlarm: ({ kind, text, seal, record }) => log.error({ kind, seal, record }, `the ledger: ${text}`),
  });
  const { name, nhsNumber } = options.patients.table;
  const recorder = createRecorder({
    database: options.writesOn,
    key: auditKey,
    patients: options.patients,
    nhsNumbersOf: (ids) => readColumnByIds(database, name, nhsNumber, ids),
    newId: options.newId,
    now,
    witness: ledger.witness,
    onWritten: options.onWritten,
  });
  return {
    ...recorder,
    ledger,
    auditKey,
    stop: async () => {
      partitions.stop();
      await ledger.stop();
    },
  };
}
