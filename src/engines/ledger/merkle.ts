/**
 * Merkle trees as in Certificate Transparency: leaves and nodes are hashed differently, so that one cannot be presented
 * as the other.
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-2.1
 */
import { createHash } from 'node:crypto';

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

export function leafHash(data: Buffer): Buffer {
  return createHash('sha256').update(LEAF).update(data).digest();
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

/** The root of the tree over these leaf hashes; without leaves, the hash of the empty text. */
export function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest();
  return subtree(leaves, 0, leaves.length);
}

function subtree(leaves: readonly Buffer[], start: number, end: number): Buffer {
  if (end - start === 1) return leaves[start]!;
  const middle = start + largestPowerBelow(end - start);
  return nodeHash(subtree(leaves, start, middle), subtree(leaves, middle, end));
}

/** The hashes that lead from a leaf to the root, the lowest first. @see section 2.1.1 */
export function pathOf(leaves: readonly Buffer[], index: number): Buffer[] {
  const path: Buffer[] = [];
  let start = 0;
  let end = leaves.length;
  while (end - start > 1) {
    const middle = start + largestPowerBelow(end - start);
    if (index < middle) {
      path.unshift(subtree(leaves, middle, end));
      end = middle;
    } else {
      path.unshift(subtree(leaves, start, middle));
      start = middle;
    }
  }
  return path;
}

/**
 * The root that a path leads to; undefined when the path cannot belong to a leaf at this position in a tree of this
 * size.
 */
export function rootByPath(
  leaf: Buffer,
  index: number,
  size: number,
  path: readonly Buffer[],
): Buffer | undefined {
  if (index < 0 || index >= size) return undefined;
  let place = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(sibling, hash);
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2);
        last = Math.floor(last / 2);
      }
    } else hash = nodeHash(hash, sibling);
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : undefined;
}

function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
