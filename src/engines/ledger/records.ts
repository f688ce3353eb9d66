/** The records under a head, and their format in the database: kind (1 byte), id (16 bytes), digest (32 bytes) each. */
import { uuidOf } from '../../platform/ids';
import { monthOfId } from '../../platform/months';
import { leafHash, rootOf } from './merkle';

export type Kind = 'submission' | 'audit' | 'review' | 'tombstone' | 'month';

export interface LedgerRecord {
  kind: Kind;
  id: string;
  digest: Buffer;
}

const codes: Readonly<Record<Kind, number>> = { submission: 1, audit: 2, review: 3, tombstone: 4, month: 5 };
const kinds = new Map(Object.entries(codes).map(([kind, code]) => [code, kind as Kind]));
const SIZE = 49;

/** A record as a leaf of the tree. */
export function leafOf({ kind, id, digest }: LedgerRecord): Buffer {
  return Buffer.concat([Buffer.of(codes[kind]), Buffer.from(id.replaceAll('-', ''), 'hex'), digest]);
}

/** Sorts records into the fixed order under a head. */
export function inOrder<R extends LedgerRecord>(records: readonly R[]): R[] {
  return [...records].sort(
    (a, b) => codes[a.kind] - codes[b.kind] || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

export function leafHashesOf(records: readonly LedgerRecord[]): Buffer[] {
  return records.map((record) => leafHash(leafOf(record)));
}

export function rootOfRecords(records: readonly LedgerRecord[]): string {
  return rootOf(leafHashesOf(records)).toString('hex');
}

export function encodeRecords(records: readonly LedgerRecord[]): Buffer {
  return Buffer.concat(records.map(leafOf));
}

/** Undefined when the bytes are not a list of records. */
export function decodeRecords(bytes: Buffer): LedgerRecord[] | undefined {
  if (bytes.length % SIZE !== 0) return undefined;
  const records: LedgerRecord[] = [];
  for (let at = 0; at < bytes.length; at += SIZE) {
    const kind = kinds.get(bytes[at]!);
    if (kind === undefined) return undefined;
    records.push({
      kind,
      id: uuidOf(bytes.subarray(at + 1, at + 17)),
      digest: bytes.subarray(at + 17, at + SIZE),
    });
  }
  return records;
}

/** The audit records of the month, and the ids of those that were removed. */
export function recordsOf(
  month: string,
  records: readonly LedgerRecord[],
  removed: ReadonlySet<string> = new Set(),
): { here: LedgerRecord[]; gone: string[] } {
  const here: LedgerRecord[] = [];
  const gone: string[] = [];
  for (const record of records) {
    const { kind, id } = record;
    if (kind !== 'audit' || monthOfId(id) !== month) continue;
    if (removed.has(id)) gone.push(id);
    else here.push(record);
  }
  return { here, gone };
}
