/** Reads the parameters of a page's address. A parameter that is empty, as of an empty field of a form, is absent. */
import { dateRangeInQuery } from '../../fhir/date';
import type { RequestContext } from '../http/request-context';

type Query = RequestContext['query'];

export function valueOf(query: Query, name: string): string {
  return query.find(([key]) => key === name)?.[1].trim() ?? '';
}

export interface SpanAsked {
  from?: Date;
  to?: Date;
  /** The fields whose value is no date. */
  wrong: ('from' | 'to')[];
}

/** A span of days; the last day is included. */
export function spanOf(query: Query): SpanAsked {
  const [from, to] = [valueOf(query, 'from'), valueOf(query, 'to')];
  const start = from === '' ? undefined : dateRangeInQuery(from, 'instant');
  const end = to === '' ? undefined : dateRangeInQuery(to, 'instant');
  return {
    ...(start ? { from: start.start } : {}),
    ...(end ? { to: end.end } : {}),
    wrong: [
      ...(from !== '' && !start ? (['from'] as const) : []),
      ...(to !== '' && !end ? (['to'] as const) : []),
    ],
  };
}

/** The address of the same page with other parameters; empty ones are left out. */
export function addressWith(path: string, parameters: Readonly<Record<string, string>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}
