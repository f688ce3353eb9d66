/**
 * Dates, times and periods: every one is a range, as wide as its precision; stored half-open as `<column>_start` and
 * `<column>_end` (lists of them where there can be several), or as one moment (`instant`). What has no time zone is
 * read as UTC.
 * @see https://hl7.org/fhir/R4/search.html#date
 */
import type { SearchParameter } from '../definitions/table';
import { isObject, listOf } from '../fhir/types';
import { unescape } from './escape';
import { anyOf, columnType, extreme, type Answer, type Clause, type Indexing } from './indexing';
import { takePrefix, type Prefix } from './prefix';

/** Milliseconds since 1970; half-open. Open ends are infinite. */
export interface Range {
  start: number;
  end: number;
}

export const date: Indexing = {
  columns(parameter) {
    if (parameter.stored === 'instant')
      return [{ name: parameter.column, type: 'timestamptz', comment: parameter.documentation }];
    const type = columnType('timestamptz', parameter.multiple);
    return [
      { name: `${parameter.column}_start`, type, comment: `${parameter.documentation}: from` },
      { name: `${parameter.column}_end`, type, comment: `${parameter.documentation}: until (exclusive)` },
    ];
  },

  write(parameter) {
    return (values, row) => {
      const ranges = values.flatMap((value) => rangeOfElement(value) ?? []);
      const [first] = ranges;
      if (first === undefined) return;
      if (parameter.stored === 'instant') row[parameter.column] = timestamp(first.start);
      else if (parameter.multiple) {
        row[`${parameter.column}_start`] = ranges.map((range) => timestamp(range.start));
        row[`${parameter.column}_end`] = ranges.map((range) => timestamp(range.end));
      } else {
        row[`${parameter.column}_start`] = timestamp(first.start);
        row[`${parameter.column}_end`] = timestamp(first.end);
      }
    };
  },

  ask(parameter, modifier, values, { now }): Answer {
    if (modifier !== undefined)
      return { fault: `the modifier :${modifier} is not offered for a date; :missing is` };
    const clauses: Clause[] = [];
    for (const value of values) {
      const [prefix, text] = takePrefix(unescape(value));
      const asked = rangeOf(text.replace(/ (?=\d\d:\d\d$)/, '+'));
      if (asked === undefined)
        return {
          fault:
            'a date is YYYY, YYYY-MM, YYYY-MM-DD or a time with its zone, after an optional prefix (eq, ne, gt, lt, ge, le, sa, eb, ap)',
        };
      clauses.push(clauseOf(parameter, prefix, asked, now));
    }
    return { clause: anyOf(clauses) };
  },

  missing: (parameter, alias) =>
    parameter.stored === 'instant'
      ? `${alias}.${parameter.column} IS NULL`
      : `${alias}.${parameter.column}_start IS NULL`,

  sortKey: (parameter, alias, descending) => ({
    sql:
      parameter.stored === 'instant'
        ? `${alias}.${parameter.column}`
        : extreme(`${alias}.${parameter.column}_start`, parameter.multiple, descending),
    type: 'timestamptz',
  }),
};

function clauseOf(parameter: SearchParameter, prefix: Prefix, asked: Range, now: Date): Clause {
  const range = prefix === 'ap' ? widened(asked, now) : asked;
  return (alias, bind) => {
    const low = (): string => bind(timestamp(range.start), 'timestamptz');
    const high = (): string => bind(timestamp(range.end), 'timestamptz');
    const column = `${alias}.${parameter.column}`;
    if (parameter.stored === 'instant')
      return compare(prefix, column, `(${column} + interval '1 ms')`, low, high);
    if (!parameter.multiple) return compare(prefix, `${column}_start`, `${column}_end`, low, high);
    const test = compare(prefix, 'span.low', 'span.high', low, high);
    return `EXISTS (SELECT 1 FROM unnest(${column}_start, ${column}_end) AS span(low, high) WHERE ${test})`;
  };
}

/** The stored range [start, end) against the asked range [low, high), by the table of the specification. */
function compare(prefix: Prefix, start: string, end: string, low: () => string, high: () => string): string {
  switch (prefix) {
    case 'eq':
      return `(${start} >= ${low()} AND ${end} <= ${high()})`;
    case 'ne':
      return `(${start} < ${low()} OR ${end} > ${high()})`;
    case 'gt':
      return `${end} > ${high()}`;
    case 'lt':
      return `${start} < ${low()}`;
    case 'ge':
      return `(${end} > ${high()} OR ${start} >= ${low()})`;
    case 'le':
      return `(${start} < ${low()} OR ${end} <= ${high()})`;
    case 'sa':
      return `${start} >= ${high()}`;
    case 'eb':
      return `${end} <= ${low()}`;
    case 'ap':
      return `(${start} < ${high()} AND ${end} > ${low()})`;
  }
}

/** «Approximately»: a tenth of the distance to now on either side. */
function widened(range: Range, now: Date): Range {
  const margin = Math.abs(now.getTime() - range.start) / 10;
  return { start: range.start - margin, end: range.end + margin };
}

const SHAPE =
  /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])(?:T([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d|60)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/** The range of a date, dateTime or instant, as wide as its precision; undefined where it is none. */
export function rangeOf(text: string): Range | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const y = Number(year);
  if (month === undefined) return { start: utc(y, 0, 1), end: utc(y + 1, 0, 1) };
  const m = Number(month) - 1;
  if (day === undefined) return { start: utc(y, m, 1), end: utc(y, m + 1, 1) };
  const d = Number(day);
  const midnight = utc(y, m, d);
  if (new Date(midnight).getUTCMonth() !== m) return undefined;
  if (hour === undefined) return { start: midnight, end: midnight + 86_400_000 };
  const milliseconds = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
  const start =
    midnight +
    Number(hour) * 3_600_000 +
    (Number(minute) - offsetMinutes(zone)) * 60_000 +
    Number(second ?? 0) * 1000 +
    milliseconds;
  if (second === undefined) return { start, end: start + 60_000 };
  return { start, end: start + (fraction === undefined ? 1000 : 1) };
}

function utc(year: number, month: number, day: number): number {
  const instant = new Date(0);
  instant.setUTCFullYear(year, month, day);
  return instant.getTime();
}

function offsetMinutes(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** The range of a date, a Period, or a Timing (from its first event to its last, or its bounds). */
export function rangeOfElement(value: unknown): Range | undefined {
  if (typeof value === 'string') return rangeOf(value);
  if (!isObject(value)) return undefined;
  if (value.start !== undefined || value.end !== undefined) {
    const start = typeof value.start === 'string' ? rangeOf(value.start)?.start : -Infinity;
    const end = typeof value.end === 'string' ? rangeOf(value.end)?.end : Infinity;
    return start === undefined || end === undefined ? undefined : { start, end: Math.max(start, end) };
  }
  const parts = listOf(value.event).flatMap((event) => rangeOfElement(event) ?? []);
  const bounds = isObject(value.repeat) ? rangeOfElement(value.repeat.boundsPeriod) : undefined;
  if (bounds !== undefined) parts.push(bounds);
  if (parts.length === 0) return undefined;
  return {
    start: Math.min(...parts.map((part) => part.start)),
    end: Math.max(...parts.map((part) => part.end)),
  };
}

/** As PostgreSQL reads it. Years that ISO 8601 writes with a sign become infinite. */
export function timestamp(milliseconds: number): string {
  if (milliseconds > 253_402_300_799_999) return 'infinity';
  return milliseconds < -62_135_596_800_000 ? '-infinity' : new Date(milliseconds).toISOString();
}
