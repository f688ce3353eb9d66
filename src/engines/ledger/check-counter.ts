/**
 * Checks that PostgreSQL's transaction counter is not behind the ledger. The position of a record in the ledger comes
 * from its transaction number, which only grows while the database stays in its cluster or is copied with it. A dump
 * restored into another cluster gets a counter that starts again, and new records would look like forged history. This
 * check finds that before anything is written.
 */
import type { Queryable } from '../../platform/postgres';

/** @returns what the operator must do; undefined when the counter is ahead of the ledger */
export async function counterBehind(db: Queryable): Promise<string | undefined> {
  const [table] = await db.query<{ there: boolean }>({
    text: `SELECT to_regclass('ledger_seal') IS NOT NULL AS there`,
  });
  if (!table?.there) return undefined;
  const [row] = await db.query<{ next: string; upto: string | null }>({
    text: `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next,
      (SELECT max(ledger_seal.upto) FROM ledger_seal)::text AS upto`,
  });
  const next = BigInt(row?.next ?? '0');
  const upto = BigInt(row?.upto ?? '0');
  if (next >= upto) return undefined;
  // The upper half of the number is enough; PostgreSQL accepts any value in the lower half.
  const epoch = (upto >> 32n) + 1n;
  return (
    `The database was restored into another PostgreSQL cluster, and its transaction numbers (${next}) are lower than those of the ledger (${upto}). ` +
    `Stop PostgreSQL, run \`pg_resetwal --epoch=${epoch} -D <its data directory>\`, then start PostgreSQL and Homeward again (docs/backup.md).`
  );
}
