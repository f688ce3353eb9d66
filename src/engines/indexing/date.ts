/**
 * Indexes dates, times and periods. Each is a range, as wide as its precision. It is stored half-open as
 * `<column>_start` and `<column>_end` (lists of them when there can be several), or as one moment (`instant`). A time
 * without a zone is civil time in the United Kingdom.
 * @see https://hl7.org/fhir/R4/search.html#date
 */
import { leastAndMost } from '../../fhir/long-lists';
import type { SearchParameter } from '../../definitions/table';
import { dateRange, dateRangeInQuery, type Precision } from '../../fhir/date';
import { isObject, listOf } from '../../fhir/types';
import { unescape } from './escape';
import { anyOf, columnType, extreme, type Answer, type Clause, type Indexing } from './indexing';
import { takePrefix, type Prefix } from './prefix';
import { notOffered } from './modifier';

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
      const ranges = values.flatMap((value) => storedRange(parameter, value) ?? []);
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
    if (modifier !== undefined) return { fault: notOffered(modifier, 'date', ['missing']) };
    const clauses: Clause[] = [];
    for (const value of values) {
      const [prefix, text] = takePrefix(unescape(value));
      const range = dateRangeInQuery(text, precisionOf(parameter));
      const asked = range && { start: range.start.getTime(), end: range.end.getTime() };
      if (asked === undefined)
        return {
          fault:
            'a date is YYYY, YYYY-MM, YYYY-MM-DD or a time with its time zone, after an optional prefix (eq, ne, gt, lt, ge, le, sa, eb, ap)',
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
    ...(parameter.code === '_lastUpdated' ? { always: true } : {}),
  }),
};

const precisionOf = ({ stored, moment }: SearchParameter): Precision =>
  stored === 'instant' || moment === true ? 'instant' : 'clinical';

/** A moment is one millisecond wide, whatever its precision. */
function storedRange(parameter: SearchParameter, value: unknown): Range | undefined {
  if (precisionOf(parameter) === 'clinical') return rangeOfElement(value);
  const range = typeof value === 'string' ? dateRange(value, 'instant') : undefined;
  return range && { start: range.start.getTime(), end: range.start.getTime() + 1 };
}

function clauseOf(parameter: SearchParameter, prefix: Prefix, asked: Range, now: Date): Clause {
  const range = prefix === 'ap' ? widened(asked, now) : asked;
  return (alias, bind) => {
    const low = (): string => bind(timestamp(range.start), 'timestamptz');
    const high = (): string => bind(timestamp(range.end), 'timestamptz');
    const column = `${alias}.${parameter.column}`;
    if (parameter.stored === 'instant') return compareInstant(prefix, column, low, high);
    if (!parameter.multiple) return compare(prefix, `${column}_start`, `${column}_end`, low, high);
    const test = compare(prefix, 'span.low', 'span.high', low, high);
    return `EXISTS (SELECT 1 FROM unnest(${column}_start, ${column}_end) AS span(low, high) WHERE ${test})`;
  };
}

/** Compares the stored range [start, end) with the requested range [low, high), by the table of the specification. */
function compare(prefix: Prefix, start: string, end: string, low: () => string, high: () => string): string {
  switch (prefix) {
    case 'eq':
      // The start is always before this limit too. Stating it lets PostgreSQL use an index that begins with the start.
      return `(${start} >= ${low()} AND ${start} <= ${high()} AND ${end} <= ${high()})`;
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

/** The same for a moment, a range of one millisecond, in the form that an index of moments supports. */
function compareInstant(prefix: Prefix, column: string, low: () => string, high: () => string): string {
  switch (prefix) {
    case 'eq':
    case 'ap':
      return `(${column} >= ${low()} AND ${column} < ${high()})`;
    case 'ne':
      return `(${column} < ${low()} OR ${column} >= ${high()})`;
    case 'gt':
    case 'sa':
      return `${column} >= ${high()}`;
    case 'lt':
    case 'eb':
      return `${column} < ${low()}`;
    case 'ge':
      return `${column} >= ${low()}`;
    case 'le':
      return `${column} < ${high()}`;
  }
}

/** "Approximately": a tenth of the distance to now on either side. */
function widened(range: Range, now: Date): Range {
  const margin = Math.abs(now.getTime() - range.start) / 10;
  return { start: range.start - margin, end: range.end + margin };
}

/** The range of a date, dateTime or instant, as wide as its precision; undefined when the text is none of these. */
export function rangeOf(text: string): Range | undefined {
  const range = dateRange(text);
  return range && { start: range.start.getTime(), end: range.end.getTime() };
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
    start: leastAndMost(parts.map((part) => part.start)).least,
    end: leastAndMost(parts.map((part) => part.end)).most,
  };
}

/** A time as PostgreSQL reads it. Years that ISO 8601 writes with a sign become infinite. */
export function timestamp(milliseconds: number): string {
  if (milliseconds > 253_402_300_799_999) return 'infinity';
  return milliseconds < -62_135_596_800_000 ? '-infinity' : new Date(milliseconds).toISOString();
}
