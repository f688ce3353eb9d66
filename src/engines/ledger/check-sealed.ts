/**
 * Which records are sealed with another digest than the one that the same snapshot gives them. The seals are read
 * backwards from the last one, each checked by its signature, its list of records and the head that follows it. The node
 * remembers the last head, or seals after it, so none of them can be exchanged for the moment of the comparison.
 *
 * The seal that this transaction has made itself needs no digest anew: it was made from the same snapshot.
 */
import type { Queryable } from '../../platform/postgres';
import { hashOfHead, readHead, type SignedHead } from './head';
import { readDigests } from './read-records';
import { decodeRecords, rootOfRecords, type LedgerRecord } from './records';
import type { FactTables } from './sealed-tables';
import { readShape, withFixedForms } from './sealed-columns';
import { keyOf, type WrittenRecord } from './read-stored';

export type IsSigned = (head: SignedHead) => boolean;

/** Seals that one statement reads: mostly the last one is enough. */
const SEALS_AT_ONCE = 5;

/**
 * @param tx reads everything from one snapshot
 * @param written records that some seal covers
 * @param justSealed the records that this transaction has sealed
 * @param isSigned checks a head
 * @returns those whose seal does not say what is stored now
 */
export async function sealedOtherwise<W extends WrittenRecord>(
  tx: Queryable,
  tables: FactTables,
  written: readonly W[],
  justSealed: readonly LedgerRecord[],
  isSigned: IsSigned,
): Promise<W[]> {
  if (written.length === 0) return [];
  const ofThisSeal = new Set(justSealed.map(keyOf));
  const before = written.filter((each) => !ofThisSeal.has(keyOf(each)));
  if (before.length === 0) return [];
  const sealed = await sealedDigests(tx, before, isSigned);
  await withFixedForms(tx);
  const now = new Map<string, Buffer>();
  for (const [sha256, records] of byShape(before, sealed)) {
    const shape = await readShape(tx, sha256);
    if (shape === undefined) continue;
    for (const record of await readDigests(tx, shape, tables, records)) now.set(keyOf(record), record.digest);
  }
  return before.filter((each) => {
    const key = keyOf(each);
    const digest = sealed.get(key)?.digest;
    return digest === undefined || now.get(key)?.equals(digest) !== true;
  });
}

interface SealedDigest {
  digest: Buffer;
  /** The name of the shape by which it was made. */
  shape: string;
}

/** The digests under the seals that cover these records, by kind and id; ends at a seal that is not what it was. */
async function sealedDigests(
  tx: Queryable,
  written: readonly WrittenRecord[],
  isSigned: IsSigned,
): Promise<Map<string, SealedDigest>> {
  const wanted = new Set(written.map(keyOf));
  const first = written.reduce(
    (least, { xid }) => (BigInt(xid) < least ? BigInt(xid) : least),
    BigInt(written[0]!.xid),
  );
  const digests = new Map<string, SealedDigest>();
  let hash: string | null | undefined;
  let below: string | null = null;
  for (;;) {
    const rows: SealRow[] = await readSeals(tx, below);
    for (const { seal, upto, head: text, signature, records: bytes } of rows) {
      if (BigInt(upto) <= first) return digests;
      const head = readHead(text);
      const records = decodeRecords(bytes);
      const isWhole =
        isSigned({ head: text, signature }) && (hash === undefined || hashOfHead(text) === hash);
      if (!isWhole || head?.upto !== upto || !records || rootOfRecords(records) !== head.root) return digests;
      for (const { kind, id, digest } of records)
        if (wanted.has(`${kind} ${id}`)) digests.set(`${kind} ${id}`, { digest, shape: head.shape });
      hash = head.previous;
      below = seal;
    }
    if (rows.length < SEALS_AT_ONCE) return digests;
  }
}

interface SealRow {
  [column: string]: unknown;
  seal: string;
  upto: string;
  head: string;
  signature: string;
  records: Buffer;
}

/** @param below the number of the seal before which to begin; from the last one where it is null */
const readSeals = (tx: Queryable, below: string | null): Promise<SealRow[]> =>
  tx.query<SealRow>(
    {
      name: 'witness_seals',
      text: `SELECT s.seal::pg_catalog.text AS seal, s.upto::pg_catalog.text AS upto, s.head, s.signature, s.records FROM ledger_seal AS s
        WHERE $1::pg_catalog.int8 IS NULL OR s.seal OPERATOR(pg_catalog.<) $1::pg_catalog.int8
        ORDER BY s.seal DESC LIMIT ${SEALS_AT_ONCE}`,
    },
    [below],
  );

function byShape<W extends WrittenRecord>(
  written: readonly W[],
  sealed: ReadonlyMap<string, SealedDigest>,
): Map<string, W[]> {
  const groups = new Map<string, W[]>();
  for (const each of written) {
    const shape = sealed.get(keyOf(each))?.shape;
    if (shape === undefined) continue;
    const group = groups.get(shape) ?? [];
    group.push(each);
    groups.set(shape, group);
  }
  return groups;
}
