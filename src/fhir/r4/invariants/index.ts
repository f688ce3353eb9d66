/** The invariants of R4 that are written out, by key. */
import { datatypeInvariants } from './datatypes';
import { definitionInvariants } from './definitions';
import type { Invariant } from './invariant';
import { resourceInvariants } from './resources';

export type { Invariant, InvariantContext } from './invariant';

const all = new Map<string, Invariant>([
  ...Object.entries(datatypeInvariants),
  ...Object.entries(resourceInvariants),
  ...Object.entries(definitionInvariants),
]);

/** The invariant of that key, where it is written out. */
export function nativeInvariant(key: string): Invariant | undefined {
  return all.get(key);
}
