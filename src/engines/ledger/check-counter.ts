/**
 * A record's place in the ledger follows from its transaction's number, which only grows: as long as the database stays
 * in its PostgreSQL cluster, or is copied with it. A dump that is restored into another cluster meets a counter that
 * starts anew, and everything written then would look like forged history. So it is noticed before anything is written.
 */
import type { Queryable } from '../../platform/postgres';

/** @returns what the operator must do; undefined where the numbers go on */
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
  // The upper half of the number: any value will do for PostgreSQL itself.
  const epoch = (upto >> 32n) + 1n;
  return (
    `The database was restored into another PostgreSQL cluster, and its transaction numbers (${next}) are lower than those of the ledger (${upto}). ` +
    `Stop PostgreSQL, run \`pg_resetwal --epoch=${epoch} -D <its data directory>\`, then start PostgreSQL and Homeward again (docs/backup.md).`
  );
}
