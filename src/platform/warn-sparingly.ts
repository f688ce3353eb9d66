/** A warning that repeats is written once a minute at most: what is tried again every second must not fill the log. */

const EVERY_MILLIS = 60_000;
/** As many different texts are remembered: they name paths and addresses, of which there are few. */
const MOST_TEXTS = 200;

/** @param clock milliseconds, from anywhere */
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
