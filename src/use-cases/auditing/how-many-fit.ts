/** Calculates how many entries of a list fit into one answer. */

/** Bytes reserved for the rest of the list, mainly the cursor of the next page. */
const REST_OF_LIST = 400;

/** Returns how many entries of these sizes fit into an answer of `maxBytes`. It is always at least one. */
export function howManyFit(sizes: Iterable<number>, maxBytes: number): number {
  let room = maxBytes - REST_OF_LIST;
  let count = 0;
  for (const size of sizes) {
    room -= size + 2;
    if (room < 0) break;
    count += 1;
  }
  return Math.max(1, count);
}
