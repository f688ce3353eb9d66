/** The dependencies that `app.ts` passes to the use cases of auditors and reviewers. */
import type { Patients } from '../../definitions/patients';
import type { LedgerHealth } from '../../engines/ledger/open-ledger';
import type { Proof } from '../../engines/ledger/proof';
import type { Verification } from '../../engines/ledger/verify';
import type { NewId } from '../../platform/ids';
import type { Documents } from '../../engines/store/documents';
import type { MonthFiles } from '../../engines/store/month-files';
import type { Database } from '../../platform/postgres';
import type { Marking } from './submission-register';

export interface AuditingDependencies {
  database: Database;
  /** The bytes of documents. */
  documents: Documents;
  /** The files of exported months of the audit trail. */
  monthFiles: Pick<MonthFiles, 'read'>;
  patients: Pick<Patients, 'type' | 'idOf' | 'identifierSystem' | 'table'>;
  /** The NHS numbers of stored patients, by their ids. */
  nhsNumbersOf: (ids: readonly string[]) => Promise<Map<string, string>>;
  newId: NewId;
  /** For review marks and the records of exported months: the proof that the server wrote them. */
  auditKey: Buffer;
  ledger: {
    witness: Marking['witness'];
    health(): LedgerHealth;
    keyId: string;
    verify(budgetMillis: number): Promise<Verification>;
    proofOf(submissionId: string): Promise<Proof | 'pending' | 'broken' | undefined>;
  };
}
