/** Whether work grows in proportion to its input: a limit in milliseconds would depend on the machine and its other work. */
import { performance } from 'node:perf_hooks';

/**
 * How many times as long the work takes where its input is four times as long: about 4 where it grows in proportion, 16
 * where it grows with the square. Each is the fastest of seven, as other work only makes it slower.
 * @param input of so many pieces
 */
export function growth<Input>(
  input: (pieces: number) => Input,
  work: (input: Input) => void,
  pieces: number,
): number {
  const [small = 0, large = 0] = [pieces, 4 * pieces].map((count) => {
    const made = input(count);
    const times = Array.from({ length: 7 }, () => {
      const before = performance.now();
      work(made);
      return performance.now() - before;
    });
    return Math.min(...times);
  });
  return large / Math.max(small, 1);
}

/** More than four for what is not exact, and far from sixteen. */
export const IN_PROPORTION = 9;
