/** Sets of names, such as the business identifiers of a resource, and whether two of them have one in common. */
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
  let known = met.get(small);
  if (!known) met.set(small, (known = new WeakMap<Names, boolean>()));
  const before = known.get(large);
  if (before !== undefined) return before;
  const common = haveCommon(small, large);
  known.set(large, common);
  return common;
}

const asNames = new WeakMap<readonly string[], Names>();

/** The list as a set, made once. */
export function namesOf(list: readonly string[]): Names {
  const known = asNames.get(list) ?? new Set(list);
  asNames.set(list, known);
  return known;
}

function haveCommon(small: Names, large: Names): boolean {
  for (const name of small) if (large.has(name)) return true;
  return false;
}
