/** How much of a list an answer has room for. */

/** What is around the entries of a list: the cursor of the next page, mainly. */
const REST_OF_LIST = 400;

/** How many entries of these sizes an answer has room for; one always. */
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
