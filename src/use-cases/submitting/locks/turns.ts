/**
 * The lines in which a submission waits within this process, before it takes a connection. A sender has a line of its
 * own for each patient, before the line of all senders. So in the latter it is there once, however many submissions
 * about the patient it sends at the same time, and another sender waits for one of them at most.
 * @see docs/decisions/0100-rows-as-locks.md
 */
import { lockOn } from './take-locks';

/** Before all classes of locks, in their order. */
const OWN = '0-own';
const OF_PATIENT = lockOn('3-patient', '');

/** @param locks the locks that the submission takes first */
export function turnsFor(sender: string, locks: ReadonlySet<string>): string[] {
  const own = [...locks].filter((lock) => lock.startsWith(OF_PATIENT));
  return [...own.map((lock) => `${OWN} ${sender} ${lock}`), ...locks];
}
