/**
 * Proves that a submission is sealed: returns the statement whose digest was sealed, the path from its leaf to the
 * root, and the signed head. The proof can be checked anywhere with the public key.
 * @see docs/ledger.md
 */
import { createHash } from 'node:crypto';
import type { Database } from '../../platform/postgres';
import type { LedgerKey } from './keys';
import { leafHash, pathOf } from './merkle';
import { readSubmissions } from './read-records';
import { readHead } from './head';
import { decodeRecords, leafHashesOf, leafOf } from './records';
import type { FactTables } from './sealed-tables';
import { readShape, withFixedForms } from './sealed-columns';

export interface Proof {
  submission: string;
  /** Its SHA-256 is the record's digest. It contains the SHA-256 of the received bytes. */
  statement: string;
  /** kind (1) · id (16) · digest (32), in hexadecimal: the input of the leaf's hash. */
  leaf: string;
  leafHash: string;
  index: number;
  size: number;
  /** Hashes from the leaf to the root. */
  path: string[];
  seal: number;
  head: string;
  signature: string;
  key: { id: string; publicKey: string };
}

/** @returns `pending` when it is not sealed yet; undefined when it does not exist, or differs from what was sealed */
export async function proofOf(
  database: Database,
  key: LedgerKey,
  tables: FactTables,
  submissionId: string,
): Promise<Proof | 'pending' | 'broken' | undefined> {
  return database.transaction(async (tx) => {
    const [place] = await tx.query<{ xid: string }>(
      { text: 'SELECT xid::text AS xid FROM submission WHERE id = $1' },
      [submissionId],
    );
    if (!place) return undefined;
    const [row] = await tx.query<{ seal: string; head: string; signature: string; records: Buffer }>(
      {
        text: `SELECT seal::text AS seal, head, signature, records FROM ledger_seal WHERE upto > $1::xid8 ORDER BY upto LIMIT 1`,
      },
      [place.xid],
    );
    if (!row) return 'pending';
    const head = readHead(row.head);
    const records = decodeRecords(row.records);
    const shape = await readShape(tx, head?.shape ?? '');
    if (!head || !records || !shape) return 'broken';
    await withFixedForms(tx);
    const upto = String(BigInt(place.xid) + 1n);
    const { found } = await readSubmissions(tx, shape, tables, { from: place.xid, upto }, [submissionId]);
    const index = records.findIndex(({ kind, id }) => kind === 'submission' && id === submissionId);
    const record = records[index];
    const statement = found[0]?.statement;
    if (!record || statement === undefined) return 'broken';
    if (!createHash('sha256').update(statement).digest().equals(record.digest)) return 'broken';
    const leaf = leafOf(record);
    return {
      submission: submissionId,
      statement,
      leaf: leaf.toString('hex'),
      leafHash: leafHash(leaf).toString('hex'),
      index,
      size: records.length,
      path: pathOf(leafHashesOf(records), index).map((hash) => hash.toString('hex')),
      seal: head.seal,
      head: row.head,
      signature: row.signature,
      key: { id: key.id, publicKey: key.publicKey },
    };
  });
}
