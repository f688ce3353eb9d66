/** Counts how often a file could not be handled, and when it is tried again. */
import type { WaitingFile } from './list-files';
import type { ByteText } from './names';

export interface Attempts {
  mayTry(file: WaitingFile): boolean;
  /** @param counts false for a failure that is not the file's own. @returns how many of its own failures there were */
  failed(file: WaitingFile, counts: boolean): number;
  forget(file: WaitingFile): void;
  /** Files that are waiting to be tried again. */
  count(): number;
}

const FIRST_PAUSE_MILLIS = 1_000;
const LONGEST_PAUSE_MILLIS = 60_000;
const MOST_REMEMBERED = 10_000;

export function countAttempts(clock: () => number): Attempts {
  const failures = new Map<ByteText, { is: string; own: number; all: number; next: number }>();
  // Permissions that an operator has corrected make it a new file.
  const isOf = ({ identity, changedNs }: WaitingFile): string => `${identity}:${changedNs}`;
  const of = (file: WaitingFile) => {
    const known = failures.get(file.path);
    return known?.is === isOf(file) ? known : undefined;
  };
  return {
    mayTry: (file) => clock() >= (of(file)?.next ?? 0),
    failed: (file, counts) => {
      if (failures.size >= MOST_REMEMBERED) failures.clear();
      const { own, all } = of(file) ?? { own: 0, all: 0 };
      const pause = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS * 2 ** all);
      const now = { is: isOf(file), own: own + (counts ? 1 : 0), all: all + 1, next: clock() + pause };
      failures.set(file.path, now);
      return now.own;
    },
    forget: ({ path }) => void failures.delete(path),
    count: () => failures.size,
  };
}
