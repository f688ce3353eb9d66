/**
 * FHIR's dates and times: whether the text is one (a day that exists, an offset that exists), and how two compare.
 * @see https://hl7.org/fhir/R4/datatypes.html#dateTime
 */
const FORM =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,20}))?(?:(Z)|([+-])(\d\d):(\d\d))?)?)?)?$/;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,20})?$/;

export type Precision = 'year' | 'month' | 'day' | 'time';

export interface ParsedDate {
  precision: Precision;
  /** Year, month and day as written. */
  year: number;
  month: number;
  day: number;
  hasZone: boolean;
  /** Milliseconds since 1970 of the first moment it may mean; as UTC where there is no zone. */
  from: number;
}

/** The parts of a date or dateTime, or why it is none: its form is wrong, or it is a day or hour that does not exist. */
export function parseDate(text: string): ParsedDate | 'form' | 'not-real' {
  const parts = FORM.exec(text);
  if (!parts) return 'form';
  const [, y, mo, d, h, mi, s, fraction, z, sign, zh, zm] = parts;
  const year = Number(y);
  const month = mo === undefined ? 1 : Number(mo);
  const day = d === undefined ? 1 : Number(d);
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return 'not-real';
  const hasZone = z !== undefined || sign !== undefined;
  const hour = Number(h ?? 0);
  const minute = Number(mi ?? 0);
  const second = Number(s ?? 0);
  if (hour > 23 || minute > 59 || second > 60) return 'not-real';
  let offset = 0;
  if (sign !== undefined) {
    const minutes = Number(zh) * 60 + Number(zm);
    if (Number(zm) > 59 || minutes > 14 * 60) return 'not-real';
    offset = sign === '-' ? -minutes : minutes;
  }
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  const millis = fraction === undefined ? 0 : Number(`0.${fraction}`) * 1000;
  return {
    precision: h !== undefined ? 'time' : d !== undefined ? 'day' : mo !== undefined ? 'month' : 'year',
    year,
    month,
    day,
    hasZone,
    from: midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + millis,
  };
}

export function isTimeOfDay(text: string): boolean {
  return TIME_OF_DAY.test(text);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * How two dates compare: below, equal or above 0, or undefined where their precisions leave it open (the 3rd of May
 * against an hour of the 3rd of May), as FHIRPath has it; `unreadable` where either is no date.
 * @see http://hl7.org/fhirpath/N1/#datetime-comparison
 */
export function compareDates(a: string, b: string): number | undefined | 'unreadable' {
  const left = parseDate(a);
  const right = parseDate(b);
  if (typeof left === 'string' || typeof right === 'string') return 'unreadable';
  if (left.precision === 'time' && right.precision === 'time') return left.from - right.from;
  if (left.year !== right.year) return left.year - right.year;
  if (left.precision === 'year' || right.precision === 'year') return samePrecision(left, right);
  if (left.month !== right.month) return left.month - right.month;
  if (left.precision === 'month' || right.precision === 'month') return samePrecision(left, right);
  if (left.day !== right.day) return left.day - right.day;
  return samePrecision(left, right);
}

function samePrecision(left: ParsedDate, right: ParsedDate): 0 | undefined {
  return left.precision === right.precision ? 0 : undefined;
}

/** Whether a date has what an instant needs: a time, and its zone. */
export const fitsInstant = ({ precision, hasZone }: ParsedDate): boolean => precision === 'time' && hasZone;

export function isInstant(text: string): boolean {
  const date = parseDate(text);
  return typeof date !== 'string' && fitsInstant(date);
}
