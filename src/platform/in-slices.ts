/**
 * Lets others run during long work. Node.js has one thread for all requests: a body of 5,000 Observations is checked for
 * a second, in which nobody else would be answered. So such work is a generator that yields after each small part, and
 * is interrupted when this turn of the event loop has worked for `MOST_MILLIS`.
 *
 * The turns are shared by all work in slices: of several large bodies, each turn advances one. Work that ends sooner is
 * not interrupted, so an ordinary body pays only for a look at the clock.
 *
 * Between two slices anything may happen: other requests, an abort, the loss of the database. Work in slices must not
 * rely on state that others change.
 * @example const checked = await inSlices(validate(repaired, dependencies));
 * @see docs/decisions/0090-large-bodies-in-slices.md
 */

/** How long one turn of the event loop works before others run, in milliseconds. A part may take some more. */
const MOST_MILLIS = 8;

/** Runs the work to its end, and rejects with what it throws. */
export async function inSlices<T>(work: Generator<undefined, T, undefined>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (isTurnOver()) await nextTurn();
  }
}

/** When the work of this turn of the event loop began, on the clock of `performance.now()`; undefined before it did. */
let began: number | undefined;
const waiting: (() => void)[] = [];

function isTurnOver(): boolean {
  if (began !== undefined) return performance.now() - began >= MOST_MILLIS;
  began = performance.now();
  // Immediates run after input and output of the same turn. What is left to do waits until both had their turn again.
  setImmediate(() => {
    // Work that comes before those who wait goes on joins them, so that there is one chain of turns, and not several.
    began = waiting.length > 0 ? performance.now() : undefined;
    if (waiting.length > 0) setImmediate(nextOne);
  });
  return false;
}

/** Waits for a turn of its own, after those who wait already. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => waiting.push(resolve));
}

/** Lets the first of those who wait go on. What it does until the next turn counts from here. */
function nextOne(): void {
  began = undefined;
  const next = waiting.shift();
  if (!next) return;
  began = performance.now();
  setImmediate(nextOne);
  next();
}
