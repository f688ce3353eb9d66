/** The dates of `$everything` and `$docref`: what is about care from a date on, or until a date. */
import { dateRangeInQuery } from '../../fhir/date';

/**
 * As the value of a date parameter. Care that goes on over the edge of the day belongs to the day: a stay that ends at
 * 14:00 is about care from that day on. `ge` and `le` of the day itself would leave it out, so they have its first and
 * last millisecond.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 * @see https://hl7.org/fhir/R4/search.html#prefix
 */
export function careWithin(name: 'start' | 'end', date: string): string {
  const prefix = name === 'start' ? 'ge' : 'le';
  const range = dateRangeInQuery(date, 'clinical');
  if (!range) return `${prefix}${date}`;
  const moment = name === 'start' ? range.start : new Date(range.end.getTime() - 1);
  return `${prefix}${moment.toISOString()}`;
}
