/**
 * Tells the ledger of records that retention removes: which, under which seal, and what of theirs stays. The digest of
 * what stays was sealed with the submission that brought it; from now on the tombstone has it.
 */
import { createHmac } from 'node:crypto';
import type { Queryable } from '../platform/postgres';
import { versionsOf } from './read-records';
import { currentShape, hashOfShape, shapeText, withFixedForms, type SealedTables } from './shape';

/** A row that stays, with its digest, and the shape by which that was made. */
export type KeptRow = readonly [id: string, version: number, digest: string, shape: string];

export interface Tombstone {
  id: string;
  seal: string;
  removed: readonly string[];
  /** Rows that removed submissions brought and others still use: by table. */
  kept: Readonly<Record<string, readonly KeptRow[]>>;
  removedAt: Date;
  /** By which rule. */
  policy: string;
}

/** Rows that stay, as tombstones keep them. In the transaction that removes their submissions. */
export async function keptRows(
  tx: Queryable,
  tables: SealedTables,
  rows: readonly { table: string; id: string; version: number }[],
): Promise<(readonly [table: string, row: KeptRow])[]> {
  if (rows.length === 0) return [];
  await withFixedForms(tx);
  const shape = await currentShape(tx, tables);
  const text = shapeText(shape);
  const name = hashOfShape(text);
  await tx.query(
    { text: 'INSERT INTO ledger_shape (sha256, shape) VALUES ($1, $2) ON CONFLICT DO NOTHING' },
    [name, text],
  );
  const kept: (readonly [table: string, row: KeptRow])[] = [];
  for (const table of new Set(rows.map((row) => row.table))) {
    const here = rows.filter((row) => row.table === table);
    const found = await tx.query<{ id: string; version_id: number; digest: Buffer }>(
      {
        text: versionsOf(
          table,
          shape,
          'JOIN unnest($1::uuid[], $2::integer[]) AS e (id, version) ON e.id = r.id AND e.version = r.version_id',
        ),
      },
      [here.map(({ id }) => id), here.map(({ version }) => version)],
    );
    for (const { id, version_id, digest } of found)
      kept.push([table, [id, version_id, digest.toString('hex'), name]]);
  }
  return kept;
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
