/** Moves the bytes of documents to another place while the server serves: into the database, or to a store outside. */
import type { Database } from '../../platform/postgres';
import type { Documents } from './documents';
import { documentsToMove, placeDocument } from './document-bytes';

export interface Moved {
  /** Documents that were looked at, and those that were moved. */
  looked: number;
  moved: number;
  /** The documents whose bytes are nowhere, or differ from their SHA-256. They stay as they are. */
  faulty: string[];
}

const AT_ONCE = 20;

/**
 * Moves every document to the first place of DOCUMENT_STORE. What is there already stays. A copy that is no longer
 * needed is removed later by the sweep.
 * @param isWhole compares the bytes with their SHA-256
 */
export async function moveDocuments(
  database: Database,
  documents: Documents,
  {
    isWhole,
    onProgress,
    stop,
  }: {
    isWhole: (sha256: Buffer, bytes: Buffer) => boolean;
    onProgress: (looked: number) => void;
    stop: AbortSignal | undefined;
  },
): Promise<Moved> {
  const done: Moved = { looked: 0, moved: 0, faulty: [] };
  const [target] = documents.outside;
  for (let after = Buffer.alloc(0); ;) {
    stop?.throwIfAborted();
    const rows = await documentsToMove(database, after, AT_ONCE);
    for (const { sha256, isOutside } of rows) {
      const key = sha256.toString('hex');
      const isThere = documents.putsOutside
        ? isOutside && (await target!.putAt(key)) !== undefined
        : !isOutside;
      if (!isThere) {
        const bytes = await documents.read(database, sha256);
        if (!bytes || !isWhole(sha256, bytes)) done.faulty.push(key);
        else {
          await database.transaction(async (tx) => {
            await documents.put(tx, [{ sha256, bytes }]);
            await placeDocument(tx, sha256, documents.putsOutside ? null : bytes);
          });
          done.moved += 1;
        }
      }
    }
    done.looked += rows.length;
    onProgress(rows.length);
    const last = rows.at(-1);
    if (!last) return done;
    after = Buffer.from(last.sha256);
  }
}
