/** How pages write times, numbers and doors, as the NHS writes them. @see https://service-manual.nhs.uk/content/numbers-measurements-dates-time */
import { longDate, zoneIfTwice } from './present/moments';

const timeFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** `28 November 2026, 21:04:09`: UK civil time. */
export function clock(instant: string | Date): string {
  const moment = new Date(instant);
  return `${longDate(moment)}, ${timeFormat.format(moment)}${zoneIfTwice(moment)}`;
}

const monthFormat = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', month: 'long', year: 'numeric' });

/** `2026-03` as `March 2026`. */
export const monthText = (month: string): string => monthFormat.format(new Date(`${month}-01`));

/** An NHS number as 3-3-4. */
export const grouped = (digits: string): string =>
  /^\d{10}$/.test(digits) ? `${digits.slice(0, 3)} ${digits.slice(3, 6)} ${digits.slice(6)}` : digits;

const doors: Readonly<Record<string, string>> = {
  http: 'HTTP',
  cli: 'Command line',
  mesh: 'MESH',
  folder: 'Folder',
  hl7v2: 'HL7 v2',
};

export const doorName = (door: string): string => doors[door] ?? door;

const units = ['bytes', 'kB', 'MB'] as const;

/** `1.4 MB`, in steps of a thousand. */
export function sizeOf(bytes: number): string {
  const step = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : 2;
  const value = bytes / 1_000 ** step;
  return `${step === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[step]}`;
}
