/**
 * Heads that no anchor of this node has had: those that other nodes made since, or that this node made just before it was
 * killed. A node offers them with its next one, so that no anchor has a gap where a node died.
 */
import type { Queryable } from '../../platform/postgres';
import type { AnchoredHead, NamedSubmission, SignedHead } from './head';
import { decodeRecords } from './records';

/** The most heads that are offered at once. The newest of them are enough, because each head names the previous one. */
const MOST_HEADS = 1_000;

/** @returns the signed heads after the seal `after` and before the seal `before`, the oldest first */
export async function headsBetween(
  db: Queryable,
  { after, before }: { after: number; before: number },
  isSigned: (head: SignedHead) => boolean,
): Promise<AnchoredHead[]> {
  if (before - after <= 1) return [];
  const rows = await db.query<{ head: string; signature: string; records: Buffer }>(
    {
      name: 'ledger_heads_between',
      text: `SELECT s.head, s.signature, s.records FROM ledger_seal AS s
        WHERE s.seal > $1::bigint AND s.seal < $2::bigint ORDER BY s.seal DESC LIMIT ${MOST_HEADS}`,
    },
    [after, before],
  );
  const heads: AnchoredHead[] = [];
  for (const { head, signature, records } of rows.filter(isSigned).reverse())
    heads.push({ head, signature, submissions: await submissionsUnder(db, records) });
  return heads;
}

function submissionsUnder(db: Queryable, records: Buffer): Promise<NamedSubmission[]> {
  const ids = (decodeRecords(records) ?? []).filter(({ kind }) => kind === 'submission').map(({ id }) => id);
  if (ids.length === 0) return Promise.resolve([]);
  return db.query<NamedSubmission & Record<string, unknown>>(
    {
      name: 'ledger_submissions_under',
      text: `SELECT id, sender, status, encode(sha256, 'hex') AS sha256 FROM submission WHERE id = ANY($1::uuid[])`,
    },
    [ids],
  );
}
