/** Reads documents for `Binary/<id>`. Their bytes are in `document-bytes.ts`. */
import type { Queryable } from '../../platform/postgres';

export interface BinaryRecord {
  id: string;
  patientId: string | null;
  submissionId: string;
  ownerType: string;
  ownerId: string;
  contentType: string;
  size: number;
  sha256: Buffer;
  lastUpdated: Date;
}

export async function readBinary(db: Queryable, id: string): Promise<BinaryRecord | undefined> {
  const [row] = await db.query<{
    id: string;
    patient_id: string | null;
    submission_id: string;
    owner_type: string;
    owner_id: string;
    content_type: string;
    size: number;
    sha256: Buffer;
    last_updated: Date;
  }>(
    {
      name: 'read_binary',
      text: `SELECT id, patient_id, submission_id, owner_type, owner_id, content_type, size, sha256, last_updated
        FROM "binary" WHERE id = $1`,
    },
    [id],
  );
  return (
    row && {
      id: row.id,
      patientId: row.patient_id,
      submissionId: row.submission_id,
      ownerType: row.owner_type,
      ownerId: row.owner_id,
      contentType: row.content_type,
      size: row.size,
      sha256: row.sha256,
      lastUpdated: row.last_updated,
    }
  );
}
