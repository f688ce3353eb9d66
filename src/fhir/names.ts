/** Sets of names, such as the business identifiers of a resource, and whether two of them have one in common. */
import { madeOnce } from './once';

export type Names = ReadonlySet<string>;

/** Smaller ones are looked through each time. */
const FEW = 8;

const met = new WeakMap<Names, WeakMap<Names, boolean>>();

/**
 * Whether two have a name in common. The smaller one is looked through, and the answer for two large ones is remembered:
 * thousands of readings may refer to one stay that has thousands of identifiers.
 */
export function meet(one: Names, other: Names): boolean {
  const [small, large] = one.size <= other.size ? [one, other] : [other, one];
  if (small.size <= FEW) return haveCommon(small, large);
  const known = madeOnce(met, small, () => new WeakMap<Names, boolean>());
  return madeOnce(known, large, () => haveCommon(small, large));
}

const asNames = new WeakMap<readonly string[], Names>();

/** The list as a set, made once. */
export const namesOf = (list: readonly string[]): Names => madeOnce(asNames, list, () => new Set(list));

function haveCommon(small: Names, large: Names): boolean {
  for (const name of small) if (large.has(name)) return true;
  return false;
}
