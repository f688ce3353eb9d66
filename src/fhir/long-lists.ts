/**
 * Adds all items of a list to another one. `push(...more)` gives each item as an argument, and some 120,000 arguments
 * overflow the stack: a sender decides how long its lists are.
 */
export function append<T>(list: T[], more: Iterable<T>): void {
  for (const item of more) list.push(item);
}

/** The smallest and the largest of numbers; from Infinity to -Infinity of none. */
export function leastAndMost(numbers: Iterable<number>): { least: number; most: number } {
  let [least, most] = [Infinity, -Infinity];
  for (const each of numbers) [least, most] = [Math.min(least, each), Math.max(most, each)];
  return { least, most };
}
