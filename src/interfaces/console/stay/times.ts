/** When a reading was taken, as far as it was sent: a moment, a day without a time, or nothing. */
import { dateRange } from '../../../fhir/date';
import { isObject, listOf, type AnyResource, type Json } from '../../../fhir/types';
import { instantOf, momentText, periodText, shortDate, shortTime } from '../present/moments';

const NO_TIME = 'no time';

export interface Taken {
  /** Milliseconds since 1970: the moment, or the first one of a day, month or year; 0 where none was sent. */
  at: number;
  /** The last moment that it may have been. */
  until: number;
  /** False of a date without a time of day. */
  hasTime: boolean;
  from: Json | undefined;
  /** Of a period, its end. */
  to: Json | undefined;
}

export function takenOf({
  effectiveDateTime,
  effectiveInstant,
  effectivePeriod,
  effectiveTiming,
}: AnyResource): Taken {
  const moment = effectiveDateTime ?? effectiveInstant;
  if (moment !== undefined) return between(moment, undefined);
  const timing = isObject(effectiveTiming) ? effectiveTiming : {};
  const events = listOf<Json>(timing.event);
  if (events.length > 0) return between(events[0], events.length > 1 ? events.at(-1) : undefined);
  const bounds = isObject(timing.repeat) ? timing.repeat.boundsPeriod : undefined;
  const period = isObject(effectivePeriod) ? effectivePeriod : isObject(bounds) ? bounds : {};
  return between(period.start, period.end);
}

function between(from: Json | undefined, to: Json | undefined): Taken {
  const start = from ?? to;
  const instant = instantOf(start)?.getTime();
  if (instant !== undefined) return { at: instant, until: instant, hasTime: true, from, to };
  const range = typeof start === 'string' ? dateRange(start) : undefined;
  const [at, until] = range ? [range.start.getTime(), range.end.getTime() - 1] : [0, 0];
  return { at, until, hasTime: false, from, to };
}

/** `9 March 2025, 08:00`, `9 March 2025`, or from and to; empty where nothing was sent. */
export const takenText = ({ from, to }: Taken): string =>
  to === undefined || to === from ? momentText(from) : periodText(from, to);

/** The two lines of the head of a column: `9 Mar` and `08:00`. No time is shown that was not sent. */
export function takenHead({ at, hasTime, from, to }: Taken): { date: string; time: string } {
  if (hasTime) return { date: shortDate(new Date(at)), time: shortTime(new Date(at)) };
  const sent = String(from ?? to ?? '');
  return { date: sent.length === 'YYYY-MM-DD'.length ? shortDate(new Date(at)) : sent, time: NO_TIME };
}
