/**
 * Reads the accepted submissions of a sender that a new one may repeat or correct, from the register of submissions.
 */
import type { Issue } from '../../../fhir/issue';
import { PATIENTS_CONCERNED } from '../../../engines/store/submissions';
import type { Queryable } from '../../../platform/postgres';
import type { BundleKind, StoredEntry } from '../steps';

/** An accepted submission, with the facts for recognising resends and corrections. */
export interface Earlier {
  id: string;
  kind: BundleKind;
  receivedAt: Date;
  version: string | null;
  lastUpdated: Date | null;
  contentSha256: Buffer | null;
  position: number | null;
  patientId: string | null;
  /** Every patient concerned. */
  patients: string[];
  stored: StoredEntry[];
  issues: Issue[];
}

interface EarlierRow {
  id: string;
  bundle_type: BundleKind;
  received_at: Date;
  bundle_version: string | null;
  bundle_last_updated: Date | null;
  content_sha256: Buffer | null;
  lineage_position: number | null;
  patient_id: string | null;
  patients: string[];
  stored: StoredEntry[];
  outcome: string;
}

const earlierColumns = `id, bundle_type, received_at, bundle_version, bundle_last_updated, content_sha256, lineage_position,
  patient_id, ${PATIENTS_CONCERNED} AS patients, stored, outcome`;

const earlierOf = (row: EarlierRow): Earlier => ({
  id: row.id,
  kind: row.bundle_type,
  receivedAt: row.received_at,
  version: row.bundle_version,
  lastUpdated: row.bundle_last_updated,
  contentSha256: row.content_sha256,
  position: row.lineage_position,
  patientId: row.patient_id,
  patients: row.patients,
  stored: row.stored,
  issues: JSON.parse(row.outcome) as Issue[],
});

/**
 * The accepted submission of this sender with exactly these bytes, if there is one. A stored batch is not included:
 * some of its entries may have been refused, and each entry is judged separately.
 */
export async function findSameBytes(
  db: Queryable,
  sender: string,
  sha256: Buffer,
): Promise<Earlier | undefined> {
  const [row] = await db.query<EarlierRow>(
    {
      name: 'submission_same_bytes',
      text: `SELECT ${earlierColumns} FROM submission WHERE sender = $1 AND sha256 = $2 AND status = 'accepted'
        AND content_sha256 IS NOT NULL`,
    },
    [sender, sha256],
  );
  return row && earlierOf(row);
}

/**
 * True of a submission that stored what is listed with it. The record of a whole batch lists it again, and says no time:
 * each of its entries is a submission by itself.
 */
export const STORED_ITSELF = 'content_sha256 IS NOT NULL';

/** The id of the batch of this sender with these very bytes that was kept whole, if there is one. */
export async function findKeptBatch(
  db: Queryable,
  sender: string,
  sha256: Buffer,
): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>(
    {
      name: 'submission_kept_batch',
      text: `SELECT id FROM submission WHERE sender = $1 AND sha256 = $2 AND status = 'accepted'
        AND content_sha256 IS NULL`,
    },
    [sender, sha256],
  );
  return row?.id;
}

/** What `findSameBytes` finds, and the accepted submissions of a lineage, newest first, in one statement. */
export async function findSameOrLineage(
  db: Queryable,
  sender: string,
  sha256: Buffer,
  identifier: string,
): Promise<{ same: Earlier | undefined; lineage: Earlier[] }> {
  const rows = await db.query<EarlierRow & { is_same: boolean }>(
    {
      name: 'submission_same_or_lineage',
      text: `SELECT true AS is_same, ${earlierColumns} FROM submission
          WHERE sender = $1 AND sha256 = $2 AND status = 'accepted' AND content_sha256 IS NOT NULL
        UNION ALL
        SELECT false, ${earlierColumns} FROM submission
          WHERE sender = $1 AND bundle_identifier = $3 AND status = 'accepted'
        ORDER BY lineage_position DESC`,
    },
    [sender, sha256, identifier],
  );
  const same = rows.find((row) => row.is_same);
  return {
    same: same && earlierOf(same),
    lineage: rows.filter((row) => !row.is_same).map(earlierOf),
  };
}
