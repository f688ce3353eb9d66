/** The bytes of documents: what `Binary/<id>` answers, and what a submission's body is put together from. */
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

/** A piece of a document, in bytes: base64 can be cut there. */
const PIECE = 3 * 256 * 1024;

/** All the bytes of a document. Undefined where there are none. */
export async function readDocument(db: Queryable, sha256: Buffer): Promise<Buffer | undefined> {
  const [row] = await db.query<{ bytes: Buffer }>(
    { name: 'read_document', text: 'SELECT bytes FROM document_bytes WHERE sha256 = $1' },
    [sha256],
  );
  return row?.bytes;
}

/**
 * The bytes of a document from `start` (inclusive) to `end` (exclusive), piece by piece as they are asked for. Between
 * two pieces no connection is held.
 * @throws where they are missing
 */
export async function* readPieces(
  db: Queryable,
  sha256: Buffer,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Buffer> {
  for (let from = start; from < end; from += PIECE) {
    const size = Math.min(PIECE, end - from);
    const [row] = await db.query<{ bytes: Buffer }>(
      {
        name: 'read_document_range',
        text: 'SELECT substring(bytes FROM $2 FOR $3) AS bytes FROM document_bytes WHERE sha256 = $1',
      },
      [sha256, from + 1, size],
    );
    if (row?.bytes.length !== size) throw new Error('the bytes of a document are missing');
    yield row.bytes;
  }
}
