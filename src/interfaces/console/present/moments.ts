/** Dates and times as people read them: in British English, in London time. Partial dates stay partial. */
import type { Json } from '../../../fhir/types';

const zone = { timeZone: 'Europe/London' } as const;
const dateFormat = new Intl.DateTimeFormat('en-GB', {
  ...zone,
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const shortFormat = new Intl.DateTimeFormat('en-GB', { ...zone, day: 'numeric', month: 'short' });
const timeFormat = new Intl.DateTimeFormat('en-GB', {
  ...zone,
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const monthFormat = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', month: 'long', year: 'numeric' });
const utcDateFormat = new Intl.DateTimeFormat('en-GB', {
  ...{ timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' },
} as const);

const HAS_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** The instant of a FHIR dateTime that has a time; undefined for a date without one. */
export function instantOf(value: Json | undefined): Date | undefined {
  if (typeof value !== 'string' || !HAS_TIME.test(value)) return undefined;
  const moment = new Date(value);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
}

/** `6 May 1947`, `May 1947` or `1947` of a FHIR date; the text itself where it is none. */
export function dateText(value: Json | undefined): string {
  if (typeof value !== 'string') return '';
  const instant = instantOf(value);
  if (instant) return dateFormat.format(instant);
  const moment = new Date(`${value}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(moment.getTime())) return utcDateFormat.format(moment);
  if (/^\d{4}-(?:0[1-9]|1[0-2])$/.test(value)) return monthFormat.format(new Date(`${value}-01T00:00:00Z`));
  return value;
}

const HOUR = 3_600_000;
const zoneFormat = new Intl.DateTimeFormat('en-GB', { ...zone, timeZoneName: 'short' });

/** ` BST` or ` GMT` in the hour that comes twice when the clocks go back; empty otherwise. */
export function zoneIfTwice(moment: Date): string {
  const isTwice = [-HOUR, HOUR].some((shift) => {
    const other = new Date(moment.getTime() + shift);
    return timeFormat.format(other) === timeFormat.format(moment);
  });
  if (!isTwice) return '';
  const name = zoneFormat.formatToParts(moment).find(({ type }) => type === 'timeZoneName')?.value;
  return ` ${name ?? ''}`;
}

/** The clocks of the UK change at one or two in the morning: no other hour is looked at twice. */
function timeText(moment: Date): string {
  return `${timeFormat.format(moment)}${moment.getUTCHours() <= 1 ? zoneIfTwice(moment) : ''}`;
}

/** `14 April 2025, 12:01` of a FHIR dateTime or instant. */
export function momentText(value: Json | Date | undefined): string {
  const instant = value instanceof Date ? value : instantOf(value);
  return instant ? `${dateFormat.format(instant)}, ${timeText(instant)}` : dateText(value as Json);
}

/** `14 April 2025`. */
export const longDate = (moment: Date): string => dateFormat.format(moment);

/** `14 Apr` and `12:01`, for the head of a column. */
export const shortDate = (moment: Date): string => shortFormat.format(moment);
export const shortTime = (moment: Date): string => timeText(moment);

/**
 * From and to, as `10 April 2025, 15:37 to 14 April 2025, 15:17`. An end that was not sent is not called now: the sender
 * may have lost sight of it.
 */
export function periodText(start: Json | undefined, end: Json | undefined): string {
  if (start === undefined && end === undefined) return '';
  if (end === undefined) return `from ${momentText(start)}`;
  return start === undefined ? `until ${momentText(end)}` : `${momentText(start)} to ${momentText(end)}`;
}
