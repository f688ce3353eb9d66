/**
 * Chooses the connection that makes room for a new one, when all places are taken. It is one of the address that has
 * most of them, so that no address keeps the others out: first one before its handshake, then one that is quiet, then
 * one whose message has begun, then one that does not read its answer. One whose message is handled stays.
 */
import type { Stage } from './connection';

export interface Placed {
  /** The network of its address. */
  network: string;
  stage(): Stage | 'handshake';
  /** Since when it is in this stage. */
  since(): number;
}

const ORDER = ['handshake', 'quiet', 'inside', 'answering'] as const;

export interface Choice<Each> {
  /** The one to close; undefined when there is none. */
  leaves: Each | undefined;
  /** True when the new one would be of the address that has most, so that nobody else owes it a place. */
  hasMost: boolean;
}

/** @param network that of the new connection, which counts as one more of its own */
export function whoMakesRoom<Each extends Placed>(placed: Iterable<Each>, network: string): Choice<Each> {
  const shares = new Map<string, Each[]>();
  for (const each of placed) {
    const share = shares.get(each.network);
    if (share) share.push(each);
    else shares.set(each.network, [each]);
  }
  const mine = shares.get(network) ?? [];
  const count = mine.length + 1;
  shares.delete(network);
  const larger = [...shares.values()].filter(({ length }) => length >= count);
  const sizes = [...new Set(larger.map(({ length }) => length))].sort((a, b) => b - a);
  for (const size of sizes.filter((each) => each > count)) {
    const leaves = firstOf(larger.filter(({ length }) => length === size).flat());
    if (leaves) return { leaves, hasMost: false };
  }
  const equal = larger.filter(({ length }) => length === count).flat();
  return { leaves: firstOf(mine) ?? firstOf(equal), hasMost: larger.length === 0 };
}

function firstOf<Each extends Placed>(placed: readonly Each[]): Each | undefined {
  let first: { each: Each; rank: number; since: number } | undefined;
  for (const each of placed) {
    const stage = each.stage();
    if (stage === 'handling') continue;
    const [rank, since] = [ORDER.indexOf(stage), each.since()];
    if (!first || rank < first.rank || (rank === first.rank && since < first.since))
      first = { each, rank, since };
  }
  return first?.each;
}
