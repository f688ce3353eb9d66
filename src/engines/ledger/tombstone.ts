/**
 * Writes tombstones for records that retention removes: which records, under which seal, and which of their versions
 * are kept. The digest of a kept version was sealed with its submission; from now on the tombstone contains it.
 */
import { createHmac } from 'node:crypto';
import { RowsNotWritten, type Queryable } from '../../platform/postgres';
import { versionsOf } from './row-digest';
import type { FactTables } from './sealed-tables';
import { currentShape, hashOfShape, shapeText, withFixedForms } from './sealed-columns';

/** A row that is kept, with its digest and the shape that the digest was made with. */
export type KeptRow = readonly [id: string, version: number, digest: string, shape: string];

export interface Tombstone {
  id: string;
  seal: string;
  removed: readonly string[];
  /** Versions of removed submissions that other submissions still use, by type. */
  kept: Readonly<Record<string, readonly KeptRow[]>>;
  removedAt: Date;
  /** The retention rule that applied. */
  policy: string;
  /** The id of the run. */
  run: string;
}

/** One application of retention. */
export interface RetentionRun {
  id: string;
  startedAt: Date;
  /** How old records must be to be removed. */
  olderThanDays: number;
}

/** Returns the transaction that wrote the run's record. The run removes data only after that transaction is sealed. */
export async function writeRun(db: Queryable, run: RetentionRun, auditKey: Buffer): Promise<string> {
  const { id, startedAt, olderThanDays } = run;
  const [row] = await db.query<{ xid: string }>(
    {
      text: `INSERT INTO ledger_tombstone (id, seal, removed, kept, removed_at, policy, older_than_days, mac)
        VALUES ($1, 0, '{}', '{}', $2, 'the retention run itself', $3, $4) RETURNING xid::text AS xid`,
    },
    [id, startedAt, olderThanDays, macOf(auditKey, id, '0', [], '', String(olderThanDays), startedAt)],
  );
  if (!row) throw new RowsNotWritten('ledger_tombstone');
  return row.xid;
}

/** Makes the same mac as `TOMBSTONE_PROVEN` in SQL. */
function macOf(
  key: Buffer,
  ...[id, seal, removed, run, days, at]: [string, string, readonly string[], string, string, Date]
): Buffer {
  const text = [id, seal, removed.join(','), run, days, at.getTime()].join(' ');
  return createHmac('sha256', key).update(text).digest();
}

/** The rows that are kept, as tombstones store them. Call it in the transaction that removes their submissions. */
export async function keptRows(
  tx: Queryable,
  tables: FactTables,
  rows: readonly { table: string; id: string; version: number }[],
): Promise<(readonly [type: string, row: KeptRow])[]> {
  if (rows.length === 0) return [];
  await withFixedForms(tx);
  const shape = await currentShape(tx);
  const text = shapeText(shape);
  const name = hashOfShape(text);
  await tx.query(
    { text: 'INSERT INTO ledger_shape (sha256, shape) VALUES ($1, $2) ON CONFLICT DO NOTHING' },
    [name, text],
  );
  const kept: (readonly [type: string, row: KeptRow])[] = [];
  for (const table of new Set(rows.map((row) => row.table))) {
    const here = rows.filter((row) => row.table === table);
    const found = await tx.query<{ type: string; id: string; version_id: number; digest: Buffer }>(
      {
        text: versionsOf(
          table,
          tables,
          shape.facts,
          'JOIN unnest($1::uuid[], $2::integer[]) AS e (id, version) ON e.id = r.id AND e.version = r.version_id',
        ),
      },
      [here.map(({ id }) => id), here.map(({ version }) => version)],
    );
    for (const { type, id, version_id, digest } of found)
      kept.push([type, [id, version_id, digest.toString('hex'), name]]);
  }
  return kept;
}

/** Call it in the transaction that removes the records. */
export async function writeTombstones(
  tx: Queryable,
  tombstones: readonly Tombstone[],
  auditKey: Buffer,
): Promise<void> {
  for (const { id, seal, removed, kept, removedAt, policy, run } of tombstones) {
    const written = await tx.query(
      {
        name: 'ledger_tombstone',
        text: `INSERT INTO ledger_tombstone (id, seal, removed, kept, removed_at, policy, run, mac)
          VALUES ($1, $2, $3::uuid[], $4::jsonb, $5, $6, $7, $8) RETURNING 1 AS one`,
      },
      [
        id,
        seal,
        removed,
        JSON.stringify(kept),
        removedAt,
        policy,
        run,
        macOf(auditKey, id, seal, removed, run, '', removedAt),
      ],
    );
    if (written.length !== 1) throw new RowsNotWritten('ledger_tombstone');
  }
}
