/** Compares what two Patients with the same NHS number say about death. @see semantics "Who is who" */
import { dateRange, londonOffsetAt } from '../../fhir/date';
import type { AnyResource } from '../../fhir/types';

export const DECEASED = [
  'deceasedBoolean',
  '_deceasedBoolean',
  'deceasedDateTime',
  '_deceasedDateTime',
] as const;

/** True if the Patient says nothing about death, or says only that the patient died while the date is stored. */
export function saysLessOfDeath(incoming: AnyResource, stored: AnyResource): boolean {
  const { deceasedBoolean, deceasedDateTime } = incoming;
  if (!saysOfDeath(incoming)) return true;
  if (typeof stored.deceasedDateTime !== 'string') return false;
  if (deceasedDateTime === undefined) return deceasedBoolean === true;
  if (typeof deceasedDateTime !== 'string') return true;
  return deceasedDateTime !== stored.deceasedDateTime && isWithin(stored.deceasedDateTime, deceasedDateTime);
}

/** True if the Patient says whether the person died. A data-absent-reason says nothing about it. */
export const saysOfDeath = ({ deceasedBoolean, deceasedDateTime }: AnyResource): boolean =>
  typeof deceasedBoolean === 'boolean' || typeof deceasedDateTime === 'string';

export const isDead = ({ deceasedBoolean, deceasedDateTime }: AnyResource): boolean =>
  deceasedBoolean === true || typeof deceasedDateTime === 'string';

/** True if a stored death is removed, or has a different day, month or year (if both give them). */
export function deathIsChanged(stored: AnyResource, next: AnyResource): boolean {
  const [before, now] = [stored.deceasedDateTime, next.deceasedDateTime];
  if (typeof before === 'string' && typeof now === 'string')
    return !isWithin(before, now) && !isWithin(now, before) && !isOfOneDay(before, now);
  return isDead(stored) && next.deceasedBoolean === false;
}

/**
 * True where one date says the same as another or less, however each is written: as moments (`23:30Z` is `00:30+01:00`
 * of the next day, and lies within that day in London), or as texts that begin alike.
 */
function isWithin(precise: string, vague: string): boolean {
  if (precise.startsWith(vague)) return true;
  const [inner, outer] = [dateRange(precise), dateRange(vague)];
  return inner !== undefined && outer !== undefined && inner.start >= outer.start && inner.end <= outer.end;
}

/** True where both name the same day, month or year, as far as both give them: as written, or in London. */
function isOfOneDay(one: string, other: string): boolean {
  const agree = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);
  return agree(one.slice(0, DAY_LENGTH), other.slice(0, DAY_LENGTH)) || agree(dayOf(one), dayOf(other));
}

const DAY_LENGTH = 'YYYY-MM-DD'.length;
const MINUTE_MS = 60_000;

/** The day in London of a moment; a date as it is. */
function dayOf(date: string): string {
  const start = date.length > DAY_LENGTH ? dateRange(date)?.start.getTime() : undefined;
  if (start === undefined) return date;
  return new Date(start + londonOffsetAt(start) * MINUTE_MS).toISOString().slice(0, DAY_LENGTH);
}
