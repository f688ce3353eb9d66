/**
 * Times as a ward in the United Kingdom writes them: GMT in winter, BST (+01:00) from one o'clock UTC on the last
 * Sunday of March to one o'clock UTC on the last Sunday of October.
 * @see https://www.legislation.gov.uk/ukpga/1972/6 (Summer Time Act 1972)
 */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const summers = new Map<number, readonly [from: number, to: number]>();

/** `2025-07-01T09:30:00+01:00` */
export function londonDateTime(instant: Date): string {
  const summer = isSummer(instant.getTime());
  const local = summer ? new Date(instant.getTime() + HOUR) : instant;
  return `${local.toISOString().slice(0, 19)}${summer ? '+01:00' : '+00:00'}`;
}

/** The instant at which London's clocks show so many minutes past midnight on a day (counted from 1970-01-01). */
export function londonInstant(day: number, minutes: number): Date {
  const asIfWinter = day * DAY + minutes * MINUTE;
  return new Date(isSummer(asIfWinter - HOUR) ? asIfWinter - HOUR : asIfWinter);
}

function isSummer(time: number): boolean {
  const year = new Date(time).getUTCFullYear();
  let summer = summers.get(year);
  if (!summer) {
    summer = [lastSunday(year, 2), lastSunday(year, 9)];
    summers.set(year, summer);
  }
  return time >= summer[0] && time < summer[1];
}

/** One o'clock UTC on the last Sunday of a month of 31 days. */
function lastSunday(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month, 31, 1));
  return last.getTime() - last.getUTCDay() * DAY;
}
