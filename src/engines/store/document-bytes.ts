/**
 * The table `document_bytes`: a row for each document, with its SHA-256, its size, and its bytes unless they are outside
 * of the database (`documents.ts`). This is the only code that uses the table, but for the ledger, which verifies it. The
 * table `binary` says which resource a document belongs to, and its title.
 */
import type { ByteSource, Queryable } from '../../platform/postgres';

export interface DocumentWrite {
  sha256: Buffer;
  /** Null when they are outside of the database; then the size must be given. */
  bytes: Buffer | null;
  size?: number;
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
  const rows = inOrder.map(
    ({ sha256, bytes, size = bytes?.length }) =>
      `(${bind(sha256)}::bytea, ${bind(size)}::integer, ${bind(bytes)}::bytea)`,
  );
  return `INSERT INTO document_bytes (sha256, size, bytes)
    SELECT sha256, size, bytes FROM (VALUES ${rows.join(', ')}) AS d (sha256, size, bytes)
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
/** What one statement reads, in such pieces. They are in memory at the same time. */
export const BYTES_AT_ONCE = 16 * PIECE;

/** The condition of a row, as text: a query that reads bytes has no parameters. */
const has = (sha256: Buffer): string => `sha256 = '\\x${sha256.toString('hex')}'`;

/** All the bytes of a document; undefined when they are outside of the database, or it is not stored. */
export async function readInside(db: ByteSource, sha256: Buffer): Promise<Buffer | undefined> {
  const [bytes] = await db.bytes(`SELECT bytes FROM document_bytes WHERE ${has(sha256)}`);
  return bytes;
}

/** The same from `start` (inclusive) to `end` (exclusive), at most `BYTES_AT_ONCE`, as one or several pieces. */
export async function readPartInside(
  db: ByteSource,
  sha256: Buffer,
  { start, end }: { start: number; end: number },
): Promise<Buffer[] | undefined> {
  const pieces = await db.bytes(
    `SELECT (SELECT substring(bytes FROM place FOR least(${PIECE}, ${end + 1} - place)) FROM document_bytes
      WHERE ${has(sha256)}) FROM generate_series(${start + 1}, ${end}, ${PIECE}) AS place ORDER BY place`,
  );
  const found = pieces.filter((piece) => piece !== undefined);
  return found.length === 0 ? undefined : found;
}

/** Which of these documents are outside of the database. */
export async function outsideAmong(db: Queryable, sha256s: readonly Buffer[]): Promise<Buffer[]> {
  const rows = await db.query<{ sha256: Buffer }>(
    { text: 'SELECT sha256 FROM document_bytes WHERE bytes IS NULL AND sha256 = ANY($1::bytea[])' },
    [sha256s],
  );
  return rows.map(({ sha256 }) => sha256);
}

/** Whether any document is outside of the database. */
export async function isAnyOutside(db: Queryable): Promise<boolean> {
  const rows = await db.query({ text: 'SELECT 1 FROM document_bytes WHERE bytes IS NULL LIMIT 1' });
  return rows.length > 0;
}

/** Puts the bytes of a stored document into its row, or takes them out. */
export async function placeDocument(db: Queryable, sha256: Buffer, bytes: Buffer | null): Promise<void> {
  await db.query({ text: 'UPDATE document_bytes SET bytes = $2::bytea WHERE sha256 = $1' }, [sha256, bytes]);
}

/** The documents after a given one, sorted by hash, with their place. */
export async function documentsToMove(
  db: Queryable,
  after: Buffer,
  limit: number,
): Promise<{ sha256: Buffer; isOutside: boolean }[]> {
  return db.query<{ sha256: Buffer; isOutside: boolean }>(
    {
      text: `SELECT sha256, bytes IS NULL AS "isOutside" FROM document_bytes WHERE sha256 > $1 ORDER BY sha256 LIMIT $2`,
    },
    [after, limit],
  );
}

export async function countDocuments(db: Queryable): Promise<number> {
  const [row] = await db.query<{ count: number }>({
    text: 'SELECT count(*)::integer AS count FROM document_bytes',
  });
  return row?.count ?? 0;
}

/** Waits for `holdDocuments` of others, and keeps them waiting until the transaction ends. */
export async function keepSweepAway(tx: Queryable): Promise<void> {
  await tx.query({ name: 'documents_put', text: 'LOCK TABLE document_bytes IN ROW EXCLUSIVE MODE' });
}

/** Prevents others from putting and storing documents until the transaction ends. */
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
