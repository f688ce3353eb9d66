/**
 * Where the bytes of documents are, by their SHA-256: the one way to the table `document_bytes`. A folder or an object
 * store can take its place by doing these few things: put, has, read, list, remove. (The ledger verifies the table itself.)
 * Whose document it is, and what it is called, stands in the table `binary`.
 */
import type { Queryable } from '../../platform/postgres';

export interface DocumentWrite {
  sha256: Buffer;
  bytes: Buffer;
}

export interface DocumentSize {
  sha256: Buffer;
  size: number;
}

/** The table, for a message about rows that were kept out. */
export const DOCUMENT_TABLE = 'document_bytes';

/**
 * The part of a submission's one statement that puts documents; those that are there already are left as they are.
 * @param bind takes a value, and gives its place in the statement
 * @returns a query that gives a row for each document that was not there
 */
export function putDocuments(documents: readonly DocumentWrite[], bind: (value: unknown) => string): string {
  // In the order of their hashes, so that two submissions with the same documents can't wait for each other.
  const inOrder = [...documents].sort((a, b) => Buffer.compare(a.sha256, b.sha256));
  // Each a value of its own: a Buffer travels as it is, a list of them would travel as hexadecimal text.
  const rows = inOrder.map(({ sha256, bytes }) => `(${bind(sha256)}::bytea, ${bind(bytes)}::bytea)`);
  return `INSERT INTO document_bytes (sha256, size, bytes)
    SELECT sha256, octet_length(bytes), bytes FROM (VALUES ${rows.join(', ')}) AS d (sha256, bytes)
    ON CONFLICT (sha256) DO NOTHING RETURNING 1`;
}

/** Whether every one of these documents is there. */
export async function hasDocuments(db: Queryable, sha256s: readonly Buffer[]): Promise<boolean> {
  const [row] = await db.query<{ there: number }>(
    {
      name: 'documents_there',
      text: 'SELECT count(*)::integer AS there FROM document_bytes WHERE sha256 = ANY($1::bytea[])',
    },
    [sha256s],
  );
  return row?.there === sha256s.length;
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

/** Until the transaction ends, nobody puts a document. */
export async function holdDocuments(tx: Queryable): Promise<void> {
  await tx.query({ text: 'LOCK TABLE document_bytes IN SHARE ROW EXCLUSIVE MODE' });
}

/** The documents after one, in the order of their hashes. */
export async function listDocuments(db: Queryable, after: Buffer, limit: number): Promise<DocumentSize[]> {
  return db.query<{ sha256: Buffer; size: number }>(
    { text: 'SELECT sha256, size FROM document_bytes WHERE sha256 > $1 ORDER BY sha256 LIMIT $2' },
    [after, limit],
  );
}

export async function removeDocuments(tx: Queryable, sha256s: readonly Buffer[]): Promise<void> {
  await tx.query({ text: 'DELETE FROM document_bytes WHERE sha256 = ANY($1::bytea[])' }, [sha256s]);
}
