/**
 * Compares the chain with heads known from other sources: from anchors, and from the memory of nodes. Every head is
 * compared, including several with one number: the ledger signs a number twice only if its end was removed in between.
 */
import type { Faults } from './fault';
import { readHead, type SignedHead } from './head';
import type { PublicKey } from './keys';

/** @param headsOf returns the texts of the chain's heads with these numbers, if they exist */
export async function checkKnownHeads(
  known: readonly SignedHead[],
  key: PublicKey | undefined,
  headsOf: (seals: readonly number[]) => Promise<ReadonlyMap<number, string>>,
  faults: Faults,
): Promise<void> {
  const bySeal = signedHeads(known, key, faults);
  const seals = [...bySeal.keys()];
  for (let start = 0; start < seals.length; start += SEALS_AT_ONCE) {
    const some = seals.slice(start, start + SEALS_AT_ONCE);
    const there = await headsOf(some);
    for (const seal of some) {
      const heads = bySeal.get(seal) ?? new Set();
      const head = there.get(seal);
      if (heads.size > 1)
        faults.add({
          kind: 'cut',
          seal,
          text: `Seal ${seal} was anchored with ${heads.size} different heads. The end of the ledger was removed and sealed again.`,
        });
      else if (head === undefined)
        faults.add({ kind: 'cut', seal, text: `Seal ${seal} was anchored, but is missing now.` });
      else if (!heads.has(head))
        faults.add({
          kind: 'cut',
          seal,
          text: `Seal ${seal} is not the one that was anchored. The end of the ledger was removed and sealed again.`,
        });
    }
  }
}

const SEALS_AT_ONCE = 5_000;

/** The texts of the heads that the ledger's key has signed, by their numbers. */
function signedHeads(
  known: readonly SignedHead[],
  key: PublicKey | undefined,
  faults: Faults,
): Map<number, Set<string>> {
  const bySeal = new Map<number, Set<string>>();
  for (const each of known) {
    const head = readHead(each.head);
    if (!head) continue;
    const { seal } = head;
    if (head.key !== key?.id)
      faults.add({ kind: 'key', seal, text: 'An anchored head has another key. The ledger was replaced.' });
    else if (!key.isSigned(each))
      faults.add({ kind: 'signature', seal, text: 'The signature of an anchored head is wrong.' });
    else bySeal.set(seal, (bySeal.get(seal) ?? new Set()).add(each.head));
  }
  return bySeal;
}

/** Keeps the heads of a chain that is read once: those that known heads are compared with, because a chain is long. */
export function headsBeside(known: readonly SignedHead[]): {
  note(seal: number, head: string): void;
  kept: ReadonlyMap<number, string>;
} {
  const asked = new Set(known.map(({ head }) => readHead(head)?.seal));
  const kept = new Map<number, string>();
  return {
    note: (seal, head) => {
      if (asked.has(seal)) kept.set(seal, head);
    },
    kept,
  };
}
