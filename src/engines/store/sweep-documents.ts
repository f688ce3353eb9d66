/**
 * Removes objects that no row needs: a node died before its commit, retention removed the document, or it was moved. Only
 * objects older than a day are removed, because the row of a newer one may be about to be committed.
 */
import type { ObjectStore } from '../../platform/object-stores/object-store';
import type { Database } from '../../platform/postgres';
import { holdDocuments, outsideAmong } from './document-bytes';

export const KEPT_MILLIS = 24 * 3_600_000;
/** Submissions with documents wait meanwhile. */
const AT_ONCE = 20;

/** @returns how many objects were removed */
export async function sweepDocuments(
  database: Database,
  store: ObjectStore,
  { now, signal }: { now: () => Date; signal: AbortSignal },
): Promise<number> {
  const isOld = (putAt: Date | undefined): boolean =>
    putAt !== undefined && now().getTime() - putAt.getTime() > KEPT_MILLIS;
  let removed = 0;
  const removeUnneeded = async (keys: readonly string[]): Promise<void> => {
    if (keys.length === 0) return;
    // Nobody can put an object that is to have a row while the lock is held.
    await database.transaction(async (tx) => {
      await holdDocuments(tx);
      const needed = await outsideAmong(
        tx,
        keys.map((key) => Buffer.from(key, 'hex')),
      );
      const kept = new Set(needed.map((sha256) => sha256.toString('hex')));
      for (const key of keys) {
        if (kept.has(key) || !isOld(await store.putAt(key))) continue;
        // Fails when the lock has ended with its session, because the store was slow or this process stood still.
        await tx.query({ text: 'SELECT 1' });
        await store.remove(key);
        removed += 1;
      }
    });
  };
  let batch: string[] = [];
  for await (const { key, putAt } of store.list()) {
    if (signal.aborted) return removed;
    if (!isOld(putAt) || !/^[0-9a-f]{64}$/.test(key)) continue;
    batch.push(key);
    if (batch.length < AT_ONCE) continue;
    await removeUnneeded(batch);
    batch = [];
  }
  await removeUnneeded(batch);
  return removed;
}
