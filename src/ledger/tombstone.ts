/** Tells the ledger of records that retention removes: which, under which seal, and what of theirs stays. */
import { createHmac } from 'node:crypto';
import type { Queryable } from '../platform/postgres';

export interface Tombstone {
  id: string;
  seal: string;
  removed: readonly string[];
  /** Rows that removed submissions brought and others still use: table → [id, version]. */
  kept: Readonly<Record<string, readonly (readonly [id: string, version: number])[]>>;
  removedAt: Date;
  /** By which rule. */
  policy: string;
}

/** In the transaction that removes the records. */
export async function writeTombstones(
  tx: Queryable,
  tombstones: readonly Tombstone[],
  auditKey: Buffer,
): Promise<void> {
  for (const { id, seal, removed, kept, removedAt, policy } of tombstones)
    await tx.query(
      {
        name: 'ledger_tombstone',
        text: `INSERT INTO ledger_tombstone (id, seal, removed, kept, removed_at, policy, mac)
          VALUES ($1, $2, $3::uuid[], $4::jsonb, $5, $6, $7)`,
      },
      [
        id,
        seal,
        removed,
        JSON.stringify(kept),
        removedAt,
        policy,
        createHmac('sha256', auditKey)
          .update(`${id} ${seal} ${removed.join(',')}`)
          .digest(),
      ],
    );
}
