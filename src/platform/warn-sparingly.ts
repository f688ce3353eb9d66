/** Writes a repeated warning at most once a minute, so that work that is tried every second does not fill the log. */

const EVERY_MILLIS = 60_000;
/** How many different texts are remembered. They contain paths and addresses, of which there are few. */
const MOST_TEXTS = 200;

/** @param clock milliseconds, of any clock */
export function sparing<More extends unknown[]>(
  report: (text: string, ...more: More) => void,
  clock: () => number = () => performance.now(),
): (text: string, ...more: More) => void {
  const reported = new Map<string, number>();
  return (text, ...more) => {
    const now = clock();
    if (now - (reported.get(text) ?? -Infinity) < EVERY_MILLIS) return;
    if (reported.size >= MOST_TEXTS) reported.clear();
    reported.set(text, now);
    report(text, ...more);
  };
}
