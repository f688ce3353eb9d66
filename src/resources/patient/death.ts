/** What two Patients with one NHS number say of death. @see semantics "Who is who" */
import type { AnyResource } from '../../fhir/types';

export const DECEASED = [
  'deceasedBoolean',
  '_deceasedBoolean',
  'deceasedDateTime',
  '_deceasedDateTime',
] as const;

/** True where nothing is said of death, or only that there was one while its date is stored. */
export function saysLessOfDeath(incoming: AnyResource, stored: AnyResource): boolean {
  const { deceasedBoolean, deceasedDateTime } = incoming;
  // A reason why there is no value (data-absent-reason) is no statement either.
  if (typeof deceasedBoolean !== 'boolean' && typeof deceasedDateTime !== 'string') return true;
  if (typeof stored.deceasedDateTime !== 'string') return false;
  if (deceasedDateTime === undefined) return deceasedBoolean === true;
  return typeof deceasedDateTime !== 'string' || isBeginning(deceasedDateTime, stored.deceasedDateTime);
}

const isBeginning = (date: string, of: string): boolean => of.length > date.length && of.startsWith(date);

/** True where a stored death is taken back, or moved to another day, month or year as far as both give them. */
export function deathIsChanged(stored: AnyResource, next: AnyResource): boolean {
  const [before, now] = [stored.deceasedDateTime, next.deceasedDateTime];
  if (typeof before === 'string' && typeof now === 'string') {
    const length = Math.min(before.length, now.length, 'YYYY-MM-DD'.length);
    return before.slice(0, length) !== now.slice(0, length);
  }
  const wasDead = typeof before === 'string' || stored.deceasedBoolean === true;
  return wasDead && next.deceasedBoolean === false;
}
