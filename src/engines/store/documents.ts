/**
 * Where the bytes of documents are: in their rows (`document-bytes.ts`), or outside of the database, in a folder or an
 * object store. Each document has a row in either case. The bytes in the row are NULL for a document outside, where it is
 * an object named by its SHA-256 in hexadecimal.
 *
 * An object is put before the row is committed. A node that dies in between leaves an object that no row needs, and
 * never a row without its object. `sweep-documents.ts` removes such objects, but none that a transaction has put whose row
 * is not there yet.
 * @see docs/decisions/0063-documents-outside.md
 */
import { type ByteSource, DatabaseUnavailable, type Queryable } from '../../platform/postgres';
import type { ObjectStore } from '../../platform/object-stores/object-store';
import {
  BYTES_AT_ONCE,
  keepSweepAway,
  readInside,
  readPartInside,
  type DocumentWrite,
} from './document-bytes';

export interface Documents {
  /**
   * Puts new documents outside, if that is their place. Until the transaction ends, the sweep removes no object.
   * @param tx the transaction that then writes their rows
   * @returns them as the statement of the commit writes them
   */
  put(tx: Queryable, documents: readonly DocumentWrite[]): Promise<readonly DocumentWrite[]>;
  /** All the bytes of a document; undefined when it is not stored. */
  read(db: ByteSource, sha256: Buffer): Promise<Buffer | undefined>;
  /**
   * The bytes from `start` (inclusive) to `end` (exclusive), piece by piece on demand. No connection is held between two
   * pieces.
   * @throws when the bytes are missing
   */
  pieces(db: ByteSource, sha256: Buffer, range: { start: number; end: number }): AsyncGenerator<Buffer>;
  /** The bytes of a document that is outside; undefined when its object is missing. */
  readOutside(sha256: Buffer): Promise<Buffer | undefined>;
  /** The stores outside; the first is where new documents go, unless they go into the database. */
  outside: readonly ObjectStore[];
  /** Whether new documents go outside. */
  putsOutside: boolean;
}

/** A document store does not answer: 503, and a retry can succeed. */
export class DocumentStoreUnavailable extends DatabaseUnavailable {
  constructor(cause: unknown) {
    super(cause);
    this.message = 'a document store is not available';
    this.name = 'DocumentStoreUnavailable';
  }
}

/** @param first where new documents go; @param outside every store in which documents may be, in the order to look */
export function openDocuments(
  outside: readonly ObjectStore[] = [],
  first: 'database' | 'outside' = 'database',
): Documents {
  const keyOf = (sha256: Buffer): string => sha256.toString('hex');
  const [target] = outside;
  const putsOutside = first === 'outside' && target !== undefined;

  const readOutside: (
    sha256: Buffer,
    range?: { start: number; end: number },
  ) => Promise<Buffer | undefined> = async (sha256, range) => {
    for (const store of outside) {
      const bytes = await answering(() => store.read(keyOf(sha256), range));
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  };

  /** Reads in the database or outside. A document that was moved into the database meanwhile is read there. */
  const readFrom = async <T>(
    inside: () => Promise<T | undefined>,
    fromOutside: () => Promise<T | undefined>,
  ): Promise<T | undefined> =>
    (await inside()) ?? (outside.length === 0 ? undefined : ((await fromOutside()) ?? (await inside())));

  return {
    outside,
    putsOutside,
    readOutside: (sha256) => readOutside(sha256),
    async put(tx, documents) {
      if (!putsOutside || documents.length === 0) return documents;
      await keepSweepAway(tx);
      return Promise.all(
        documents.map(async ({ sha256, bytes, size }) => {
          if (bytes) await answering(() => target.put(keyOf(sha256), bytes));
          return { sha256, size: size ?? bytes?.length ?? 0, bytes: null };
        }),
      );
    },
    read: (db, sha256) =>
      readFrom(
        () => readInside(db, sha256),
        () => readOutside(sha256),
      ),
    async *pieces(db, sha256, { start, end }) {
      for (let from = start; from < end; from += BYTES_AT_ONCE) {
        const range = { start: from, end: Math.min(from + BYTES_AT_ONCE, end) };
        const pieces = await readFrom(
          () => readPartInside(db, sha256, range),
          async () => {
            const bytes = await readOutside(sha256, range);
            return bytes && [bytes];
          },
        );
        let size = 0;
        for (const piece of pieces ?? []) size += piece.length;
        if (!pieces || size !== range.end - range.start)
          throw new Error('the bytes of a document are missing');
        yield* pieces;
      }
    },
  };
}

async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new DocumentStoreUnavailable(error);
  }
}
