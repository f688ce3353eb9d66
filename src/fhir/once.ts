/** Makes something once for an object, such as the names that a resource has: many others are compared with it. */

/** @param known what was made, by what it was made of; it is forgotten with that */
export function madeOnce<K extends object, V>(known: WeakMap<K, V>, of: K, make: (of: K) => V): V {
  const before = known.get(of);
  if (before !== undefined) return before;
  const made = make(of);
  known.set(of, made);
  return made;
}
