/**
 * Civil time in the United Kingdom: UTC in winter, one hour ahead in summer.
 * @see https://www.iana.org/time-zones (Europe/London)
 */

const FORMAT = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const OFFSETS = ['+01:00', '+00:00', '+02:00'] as const;

/**
 * The offset in London at a local date and time without one (`2023-01-07T13:34:00`). In the hour that comes twice in
 * autumn it is the earlier moment, in the one that never comes in spring winter's; undefined for what is no moment.
 */
export function londonOffset(local: string): string | undefined {
  const wanted = Math.floor(Date.parse(`${local}Z`) / 1000);
  if (Number.isNaN(wanted)) return undefined;
  return OFFSETS.find((offset) => clockInLondon(Date.parse(local + offset)) === wanted) ?? '+00:00';
}

/** What a clock in London shows, as seconds since 1970 of a clock that shows the same in UTC. */
function clockInLondon(instant: number): number {
  const year = new Date(instant).getUTCFullYear();
  return year >= 1996
    ? Math.floor(instant / 1000) + (isSummer(instant, year) ? 3600 : 0)
    : clockBefore1996(instant);
}

/** Since 1996: from the last Sunday of March to the last of October, at 01:00 UTC. */
function isSummer(instant: number, year: number): boolean {
  return instant >= lastSunday(year, 2) && instant < lastSunday(year, 9);
}

function lastSunday(year: number, month: 2 | 9): number {
  const last = new Date(Date.UTC(year, month, 31, 1));
  return last.getTime() - last.getUTCDay() * 86_400_000;
}

function clockBefore1996(instant: number): number {
  const shown: Record<string, number> = {};
  for (const { type, value } of FORMAT.formatToParts(instant)) shown[type] = Number(value);
  const { year, month, day, hour, minute, second } = shown as Record<
    'year' | 'month' | 'day' | 'hour' | 'minute' | 'second',
    number
  >;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
