/** Reads the stored submissions: their record, and the received bytes. */
import type { Queryable } from '../../platform/postgres';

/** SQL for the ids of every patient whom a row of `submission` concerns. */
export const PATIENTS_CONCERNED = `CASE WHEN submission.patients = '{}' AND submission.patient_id IS NOT NULL
  THEN ARRAY[submission.patient_id] ELSE submission.patients END`;

export interface SubmissionBody {
  encoding: 'deflate-raw';
  skeleton: Buffer;
  documents: { offset: number; sha256: string }[];
  sha256: Buffer;
  contentType: string;
}

export async function readBody(db: Queryable, submissionId: string): Promise<SubmissionBody | undefined> {
  const [row] = await db.query<{
    encoding: 'deflate-raw';
    skeleton: Buffer;
    documents: { offset: number; sha256: string }[];
    sha256: Buffer;
    content_type: string;
  }>(
    {
      name: 'read_submission_body',
      text: `SELECT submission_body.encoding, submission_body.skeleton, submission_body.documents, submission.sha256,
          submission.content_type
        FROM submission_body JOIN submission ON submission.id = submission_body.submission_id
        WHERE submission_body.submission_id = $1`,
    },
    [submissionId],
  );
  return (
    row && {
      encoding: row.encoding,
      skeleton: row.skeleton,
      documents: row.documents,
      sha256: row.sha256,
      contentType: row.content_type,
    }
  );
}

/** The head of a submission's record. */
export interface SubmissionHead {
  id: string;
  status: 'accepted' | 'refused';
  sender: string;
  /** The size of the received bytes. */
  size: number;
  receivedAt: Date;
  /**
   * For an accepted submission, the `meta.lastUpdated` of the Bundle, which is shortly after the receipt of the bytes.
   */
  storedAt: Date;
  patientId: string | null;
  /** Every patient concerned. */
  patients: string[];
}

export async function findSubmission(db: Queryable, id: string): Promise<SubmissionHead | undefined> {
  const [row] = await db.query<{
    id: string;
    status: 'accepted' | 'refused';
    sender: string;
    size: number;
    received_at: Date;
    stored_at: Date;
    patient_id: string | null;
    patients: string[];
  }>(
    {
      name: 'find_submission',
      text: `SELECT id, status, sender, size, received_at, patient_id, ${PATIENTS_CONCERNED} AS patients, coalesce(
               (SELECT last_updated FROM bundle WHERE bundle.id = submission.id), received_at) AS stored_at
             FROM submission WHERE id = $1`,
    },
    [id],
  );
  return (
    row && {
      id: row.id,
      status: row.status,
      sender: row.sender,
      size: row.size,
      receivedAt: row.received_at,
      storedAt: row.stored_at,
      patientId: row.patient_id,
      patients: row.patients,
    }
  );
}
