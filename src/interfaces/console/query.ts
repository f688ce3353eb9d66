/** Reads the parameters of a page's address. A parameter that is empty, as of an empty field of a form, is absent. */
import { dateRangeInQuery } from '../../fhir/date';
import type { RequestContext } from '../http/request-context';

type Query = RequestContext['query'];

const DAY_MILLIS = 24 * 60 * 60 * 1000;
const dayFormat = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London' });

/** `2026-10-29`: the day in London so many days ago. */
export const daysBefore = (now: Date, days: number): string =>
  dayFormat.format(new Date(now.getTime() - days * DAY_MILLIS));

export function valueOf(query: Query, name: string): string {
  return query.find(([key]) => key === name)?.[1].trim() ?? '';
}

export interface SpanAsked {
  from?: Date;
  to?: Date;
  /** One for each field whose value is no date, with the link to the field. */
  faults: readonly { text: string; href: string }[];
}

/** A span of days; the last day is included. */
export function spanOf(query: Query): SpanAsked {
  const [from, to] = [valueOf(query, 'from'), valueOf(query, 'to')];
  const start = from === '' ? undefined : dateRangeInQuery(from, 'instant');
  const end = to === '' ? undefined : dateRangeInQuery(to, 'instant');
  return {
    ...(start ? { from: start.start } : {}),
    ...(end ? { to: end.end } : {}),
    faults: [
      ...(from !== '' && !start ? [notADate('From', '#from')] : []),
      ...(to !== '' && !end ? [notADate('To', '#to')] : []),
    ],
  };
}

const notADate = (name: string, href: string): SpanAsked['faults'][number] => ({
  text: `${name} must be a date, such as 2026-01-31`,
  href,
});

/** The address of the same page with other parameters; empty ones are left out. */
export function addressWith(path: string, parameters: Readonly<Record<string, string>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}
