/** How pages write times, numbers and doors, as the NHS writes them. @see https://service-manual.nhs.uk/content/numbers-measurements-dates-time */

const civil = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** `28 November 2026, 21:04:09`: UK civil time. */
export function clock(instant: string | Date): string {
  const parts = new Map(civil.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? '';
  return `${part('day')} ${part('month')} ${part('year')}, ${part('hour')}:${part('minute')}:${part('second')}`;
}

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
