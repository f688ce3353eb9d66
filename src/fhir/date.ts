/**
 * Reads FHIR dates and times as ranges: `2024-03` is all of March. A time without a zone, which R4 does not allow but
 * senders write, is read as civil time in the United Kingdom, and so is a day, month or year.
 * @see https://hl7.org/fhir/R4/datatypes.html#dateTime
 */

/** From `start` up to, but not including, `end`. */
export interface DateRange {
  start: Date;
  end: Date;
}

/**
 * The precision of a comparison. `clinical`: a fraction of zeros counts as a whole second, because JavaScript writes
 * `10:00:00.000Z` for every time. `instant`: to the millisecond, as the server's own times.
 */
export type Precision = 'clinical' | 'instant';

/** The range of a date in a query, in which the `+` of a zone arrives as a space if it was not percent-encoded. */
export const dateRangeInQuery = (text: string, precision: Precision): DateRange | undefined =>
  dateRange(text.replace(/ (?=\d\d:\d\d$)/, '+'), precision);

const SHAPE =
  /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d|60)(?:\.(\d{1,9}))?)?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?)?)?)?$/;

const MINUTE = 60_000;

/**
 * The range of a date, dateTime or instant, as wide as its precision (to the millisecond); undefined when the text is
 * none of these, or names a day that the month does not have.
 */
export function dateRange(text: string, precision: Precision = 'clinical'): DateRange | undefined {
  const match = SHAPE.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const y = Number(year);
  if (y === 0) return undefined;
  if (month === undefined) return between(londonMidnight(y, 0, 1), londonMidnight(y + 1, 0, 1));
  const m = Number(month) - 1;
  if (day === undefined) return between(londonMidnight(y, m, 1), londonMidnight(y, m + 1, 1));
  const d = Number(day);
  if (new Date(utc(y, m, d)).getUTCDate() !== d) return undefined;
  if (hour === undefined) return between(londonMidnight(y, m, d), londonMidnight(y, m, d + 1));
  const clock =
    utc(y, m, d) + Number(hour) * 60 * MINUTE + Number(minute) * MINUTE + Number(second ?? 0) * 1000;
  const moment = zone === undefined ? clock - londonOffset(clock) * MINUTE : clock - offsetOf(zone) * MINUTE;
  if (second === undefined) return between(moment, moment + MINUTE);
  if (fraction === undefined || (precision === 'clinical' && /^0+$/.test(fraction)))
    return between(moment, moment + 1000);
  const digits = Math.min(fraction.length, 3);
  const width = 10 ** (3 - digits);
  const start = moment + Number(fraction.slice(0, digits)) * width;
  return between(start, start + width);
}

function between(start: number, end: number): DateRange {
  return { start: new Date(start), end: new Date(end) };
}

/** Milliseconds since 1970; years before 100 are themselves, not 1900 and more. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}

function londonMidnight(year: number, month: number, day: number): number {
  const clock = utc(year, month, day);
  return clock - londonOffset(clock) * MINUTE;
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

const LONDON = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', timeZoneName: 'longOffset' });

const SINCE_1996 = Date.UTC(1996, 0, 1);

/** How many minutes clocks in London are ahead of UTC at an instant (milliseconds since 1970). */
export function londonOffsetAt(instant: number): number {
  return instant >= SINCE_1996 ? (isSummer(instant) ? 60 : 0) : londonOffsetByTable(instant);
}

/** Since 1996 summer time lasts from the last Sunday of March to the last of October, at 01:00 UTC. */
function isSummer(instant: number): boolean {
  const year = new Date(instant).getUTCFullYear();
  return instant >= lastSunday(year, 2) && instant < lastSunday(year, 9);
}

/** 01:00 UTC on the last Sunday of a month of 31 days. */
function lastSunday(year: number, month: number): number {
  const last = Date.UTC(year, month, 31, 1);
  return last - new Date(last).getUTCDay() * 24 * 60 * MINUTE;
}

const HOUR = 60 * MINUTE;
/** By the hour since 1970, because clocks change on the hour. */
const offsetsByTable = new Map<number, number>();
const MAX_OFFSETS = 20_000;

/** For the many rules of earlier years: uses the time zone tables, which are a hundred times slower. */
function londonOffsetByTable(instant: number): number {
  const hour = Math.floor(instant / HOUR);
  const known = offsetsByTable.get(hour);
  if (known !== undefined) return known;
  const offset = askTable(instant);
  if (offsetsByTable.size >= MAX_OFFSETS) offsetsByTable.clear();
  offsetsByTable.set(hour, offset);
  return offset;
}

function askTable(instant: number): number {
  const name = LONDON.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const match = /([+-])(\d\d):(\d\d)/.exec(name);
  if (!match) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

/**
 * How many minutes clocks in London are ahead of UTC when they show this time (given as if it were UTC, in milliseconds
 * since 1970). For the hour that occurs twice in autumn the first is used; for the hour that spring skips, winter time.
 */
export function londonOffset(clock: number): number {
  const before = londonOffsetAt(clock - 120 * MINUTE);
  const after = londonOffsetAt(clock + 120 * MINUTE);
  const isShownWith = (offset: number) => londonOffsetAt(clock - offset * MINUTE) === offset;
  return !isShownWith(before) && isShownWith(after) ? after : before;
}

/**
 * The full years from a date of birth to a moment, by the calendar of the United Kingdom; if the birth date has no day,
 * the years that are certain. Undefined when it is not a date, or is after the moment.
 */
export function ageAt(birthDate: string, at: Date): number | undefined {
  const born = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(birthDate);
  const range = dateRange(birthDate);
  if (!born || !range || range.start > at) return undefined;
  const local = new Date(at.getTime() + londonOffsetAt(at.getTime()) * MINUTE);
  const month = Number(born[2] ?? 12);
  const day = Number(born[3] ?? 31);
  const isBeforeBirthday =
    local.getUTCMonth() + 1 < month || (local.getUTCMonth() + 1 === month && local.getUTCDate() < day);
  return Math.max(0, local.getUTCFullYear() - Number(born[1]) - (isBeforeBirthday ? 1 : 0));
}
