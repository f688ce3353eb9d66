/**
 * Checks a chain of heads from any source (the database, or an export): every head must be signed, name the previous
 * one, and have the root of its records.
 */
import type { Faults } from './fault';
import { hashOfHead, readHead, type Head, type SignedHead } from './head';
import { rootOfRecords, type LedgerRecord } from './records';

/** The position of a check in the chain. */
export interface ChainPlace {
  /** The seal checked last; 0 before the first. */
  seal: number;
  hash: string | null;
  total: number;
  upto: string;
  sealedAt: string | null;
}

export const chainStart: ChainPlace = { seal: 0, hash: null, total: 0, upto: '0', sealedAt: null };

export interface LinkedHead extends SignedHead {
  /** The number under which the head is stored. */
  seal: number;
  /** The upper transaction limit under which the head is stored. */
  upto: string;
}

export interface HeadChecker {
  /** The id of the one key that signs. */
  keyId: string;
  isSigned(head: SignedHead): boolean;
}

/** Checks one head against the previous one. @returns the head if it can be read, and the position after it */
export function checkHead(
  linked: LinkedHead,
  before: ChainPlace,
  key: HeadChecker,
  faults: Faults,
): { head: Head | undefined; place: ChainPlace } {
  const { seal } = linked;
  const head = readHead(linked.head);
  const expected = before.seal + 1;
  const hash = hashOfHead(linked.head);
  if (seal !== expected)
    faults.add({
      kind: 'chain',
      seal: expected,
      text: `Seal ${expected} is missing. The next seal is ${seal}.`,
    });
  if (!head) {
    faults.add({
      kind: 'head-changed',
      seal,
      text: 'The head cannot be read. It was changed after it was signed.',
    });
    return { head, place: { ...before, seal, hash } };
  }
  if (head.key !== key.keyId)
    faults.add({ kind: 'key', seal, text: 'The head was signed with another key than the ledger’s.' });
  else if (!key.isSigned(linked))
    faults.add({ kind: 'signature', seal, text: 'The signature does not match this head.' });
  if (head.seal !== seal)
    faults.add({ kind: 'head-changed', seal, text: `The head belongs to seal ${head.seal}.` });
  if (head.upto !== linked.upto)
    faults.add({ kind: 'head-changed', seal, text: 'The seal and its head cover different transactions.' });
  if (head.previous !== before.hash)
    faults.add({ kind: 'chain', seal, text: 'The head does not follow from the previous head.' });
  else if (head.total !== before.total + head.records)
    faults.add({
      kind: 'head-changed',
      seal,
      text: 'The number of records does not match the previous head.',
    });
  if (BigInt(head.upto) <= BigInt(before.upto))
    faults.add({ kind: 'head-changed', seal, text: 'The head covers nothing after the previous head.' });
  return {
    head,
    place: { seal, hash, total: head.total, upto: head.upto, sealedAt: head.sealedAt },
  };
}

/** Whether these are exactly the records that were sealed. */
export function isSealed(records: readonly LedgerRecord[], { root, records: count }: Head): boolean {
  return records.length === count && rootOfRecords(records) === root;
}

/** Reports what changed in records between their seal and now. */
export function compareRecords(
  seal: number,
  sealed: readonly LedgerRecord[],
  found: readonly LedgerRecord[],
  isRemoved: (record: LedgerRecord) => boolean,
  faults: Faults,
): void {
  const keyOf = ({ kind, id }: LedgerRecord): string => `${kind} ${id}`;
  const now = new Map(found.map((record) => [keyOf(record), record]));
  for (const record of sealed) {
    const key = keyOf(record);
    const there = now.get(key);
    now.delete(key);
    const { kind, id } = record;
    if (!there) {
      if (!isRemoved(record))
        faults.add({ kind: 'deleted', seal, record: { kind, id }, text: `The ${names[kind]} was deleted.` });
    } else if (!there.digest.equals(record.digest))
      faults.add({
        kind: 'changed',
        seal,
        record: { kind, id },
        text:
          kind === 'submission'
            ? 'The submission, its bytes, or something that it stored was changed, deleted or added to.'
            : `The ${names[kind]} was changed.`,
      });
  }
  for (const { kind, id } of now.values())
    faults.add({
      kind: 'inserted',
      seal,
      record: { kind, id },
      text: `This ${names[kind]} was added after its block was sealed.`,
    });
}

export const names: Readonly<Record<LedgerRecord['kind'], string>> = {
  submission: 'submission',
  audit: 'audit record',
  review: 'review mark',
  tombstone: 'tombstone',
  month: 'record of an exported month',
};
