/**
 * Stores the bytes of documents by their SHA-256. This is the only code that uses the table `document_bytes`. (The
 * ledger verifies the table directly.) A folder or an object store could replace it with the same functions: put, has,
 * read, list, remove. The table `binary` says which resource a document belongs to, and its title.
 */
import type { ByteSource, Queryable } from '../../platform/postgres';

export interface DocumentWrite {
  sha256: Buffer;
  bytes: Buffer;
}

export interface DocumentSize {
  sha256: Buffer;
  size: number;
}

/** The table's name, for a message about rows that were not written. */
export const DOCUMENT_TABLE = 'document_bytes';

/**
 * The part of a submission's one statement that stores documents. Documents that exist already are not written again.
 * @param bind adds a value to the statement, and returns its placeholder
 * @returns a query that gives a row for each new document
 */
export function putDocuments(documents: readonly DocumentWrite[], bind: (value: unknown) => string): string {
  // Sorted by hash, so that two submissions with the same documents cannot wait for each other.
  const inOrder = [...documents].sort((a, b) => Buffer.compare(a.sha256, b.sha256));
  // One parameter for each: a Buffer is sent as bytes, but a list of Buffers as hexadecimal text.
  const rows = inOrder.map(({ sha256, bytes }) => `(${bind(sha256)}::bytea, ${bind(bytes)}::bytea)`);
  return `INSERT INTO document_bytes (sha256, size, bytes)
    SELECT sha256, octet_length(bytes), bytes FROM (VALUES ${rows.join(', ')}) AS d (sha256, bytes)
    ON CONFLICT (sha256) DO NOTHING RETURNING 1`;
}

/** Whether all of these documents are stored. */
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

/**
 * The size of a piece in bytes: a multiple of three, so that each piece can be encoded as base64, and hardly less than
 * what Node.js reads from a socket at once.
 */
const PIECE = 3 * 16 * 1024;
/** How many pieces one statement reads. They are in memory at the same time. */
const PIECES = 16;

/** All the bytes of a document. Undefined when it is not stored. */
export async function readDocument(db: ByteSource, sha256: Buffer): Promise<Buffer | undefined> {
  const [bytes] = await db.bytes(`SELECT bytes FROM document_bytes WHERE ${has(sha256)}`);
  return bytes;
}

/** The condition of a row, as text: a query that reads bytes has no parameters. */
const has = (sha256: Buffer): string => `sha256 = '\\x${sha256.toString('hex')}'`;

/**
 * The bytes of a document from `start` (inclusive) to `end` (exclusive), read on demand. No connection is held while a
 * piece is used.
 * @throws when the bytes are missing
 */
export async function* readPieces(
  db: ByteSource,
  sha256: Buffer,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Buffer> {
  for (let from = start; from < end; from += PIECES * PIECE) {
    const upTo = Math.min(end, from + PIECES * PIECE);
    const pieces = await db.bytes(
      `SELECT (SELECT substring(bytes FROM place FOR least(${PIECE}, ${upTo + 1} - place)) FROM document_bytes
        WHERE ${has(sha256)}) FROM generate_series(${from + 1}, ${upTo}, ${PIECE}) AS place ORDER BY place`,
    );
    let size = 0;
    for (const piece of pieces) size += piece?.length ?? 0;
    if (size !== upTo - from) throw new Error('the bytes of a document are missing');
    for (const piece of pieces) if (piece !== undefined) yield piece;
  }
}

/** Prevents others from storing documents until the transaction ends. */
export async function holdDocuments(tx: Queryable): Promise<void> {
  await tx.query({ text: 'LOCK TABLE document_bytes IN SHARE ROW EXCLUSIVE MODE' });
}

/** The documents after a given one, sorted by hash. */
export async function listDocuments(db: Queryable, after: Buffer, limit: number): Promise<DocumentSize[]> {
  return db.query<{ sha256: Buffer; size: number }>(
    { text: 'SELECT sha256, size FROM document_bytes WHERE sha256 > $1 ORDER BY sha256 LIMIT $2' },
    [after, limit],
  );
}

export async function removeDocuments(tx: Queryable, sha256s: readonly Buffer[]): Promise<void> {
  await tx.query({ text: 'DELETE FROM document_bytes WHERE sha256 = ANY($1::bytea[])' }, [sha256s]);
}
