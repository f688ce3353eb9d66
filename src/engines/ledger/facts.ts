/**
 * The facts of a record as text, and their digest: the same before they are sent to the database and after they are read
 * back. The digest of an audit record can be made by PostgreSQL too.
 */
import { createHash } from 'node:crypto';
import { sortedNames } from '../../fhir/sorted-names';
import { quoted } from './sql';

export type Row = Readonly<Record<string, unknown>>;

/** Every given column of a row. */
export function factsOf(row: Row, columns: readonly string[]): string {
  const values = columns.map((column) => {
    const value = row[column] ?? null;
    return Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value;
  });
  // A row of the audit trail has nothing to sort. It is made for every request.
  return values.every(hasNoKeys) ? JSON.stringify(values) : canonical(values);
}

/** Whether a value has no object in it whose keys would need sorting. */
const hasNoKeys = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  value instanceof Date ||
  (Array.isArray(value) && value.every((each) => typeof each !== 'object'));

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

export const digestOf = (facts: readonly string[]): string => sha256([...facts].sort().join('\n'));

/** Gives a value the same text before it is sent to the database and after it is read back. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null || value instanceof Date)
    return JSON.stringify(value) ?? 'null';
  if (Buffer.isBuffer(value)) return JSON.stringify(`\\x${value.toString('hex')}`);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) text += `${canonical(item)},`;
    return `[${text}]`;
  }
  for (const name of sortedNames(value)) {
    const member = (value as Row)[name];
    if (member !== undefined) text += `${JSON.stringify(name)}:${canonical(member)},`;
  }
  return `{${text}}`;
}

/** Between the columns of an audit record. No text in it has this character, or its facts are made as those of others. */
const BETWEEN = '\u0001';

/** The facts of an audit record, as PostgreSQL makes them quickly too: `=a text`, nothing for null, `={a,b}` for a list. */
export function auditFactsOf(row: Row, columns: readonly string[]): string {
  let text = '';
  for (const [index, column] of columns.entries()) {
    const given = row[column] ?? null;
    const value = TIMES.has(column) && given !== null ? `=${secondsOf(given)}` : textOf(given);
    if (value === undefined || value.includes(BETWEEN)) return factsOf(row, columns);
    text += index === 0 ? value : BETWEEN + value;
  }
  return text;
}

/** @returns undefined for a value that no column of an audit record has */
function textOf(value: unknown): string | undefined {
  if (value === null) return '';
  if (typeof value === 'string') return `=${value}`;
  if (typeof value === 'number' || typeof value === 'boolean') return `=${value}`;
  if (value instanceof Date) return `=${value.toISOString()}`;
  if (Buffer.isBuffer(value)) return `=\\x${value.toString('hex')}`;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return undefined;
  return `={${value.map(inList).join(',')}}`;
}

/** As PostgreSQL writes an item of a list. */
const inList = (item: string): string =>
  /^$|^null$|[\\"{}, \t\n\r\v\f]/i.test(item) ? `"${item.replace(/[\\"]/g, '\\$&')}"` : item;

/** The columns of times in the records that are compared. */
const TIMES: ReadonlySet<string> = new Set([
  'last_updated',
  'received_at',
  'bundle_last_updated',
  'reviewed_at',
]);

/** The columns of lists of texts in these records. */
const LISTS: ReadonlySet<string> = new Set(['patient', 'patient_identifier', 'entity', 'review']);

/** The columns of JSON in these records. */
const JSONS: ReadonlySet<string> = new Set(['stored', 'withdrawn', 'repairs', 'documents']);

/**
 * A time as SQL: the seconds since 1970 with six decimals. Each time that PostgreSQL can store has its own text, also
 * before Christ, with microseconds, or infinity.
 */
export const exactTime = (column: string): string =>
  `extract(epoch FROM ${column})::pg_catalog.numeric::pg_catalog.text`;

const IN_MILLIS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The same text of a time that was written. What is no time in milliseconds stays as it is. */
function secondsOf(time: unknown): string {
  const text = time instanceof Date ? time.toISOString() : String(time);
  if (!IN_MILLIS.test(text)) return text;
  const millis = Date.parse(text);
  const size = Math.abs(millis);
  const rest = size % 1000;
  return `${millis < 0 ? '-' : ''}${(size - rest) / 1000}.${String(rest).padStart(3, '0')}000`;
}

/** The time that has this text, or the text where it is none in milliseconds, as the server writes them. */
export function timeOf(seconds: unknown): unknown {
  if (typeof seconds !== 'string') return seconds;
  const [, sign, whole, millis] = /^(-?)(\d{1,12})\.(\d{3})000$/.exec(seconds) ?? [];
  if (whole === undefined) return seconds;
  return new Date((sign === '-' ? -1 : 1) * (Number(whole) * 1000 + Number(millis)));
}

/** Columns as SQL, so that two different values are read as different ones: `exactRow` gives the row of it. */
export function exactColumns(columns: readonly string[]): string {
  return columns
    .map((column) => {
      const name = quoted(column);
      if (TIMES.has(column)) return `${exactTime(name)} AS ${name}`;
      if (JSONS.has(column)) return `${name}::pg_catalog.text AS ${name}`;
      if (!LISTS.has(column)) return name;
      // Reading a list loses where its numbers begin.
      return `CASE WHEN pg_catalog.array_lower(${name}, 1) OPERATOR(pg_catalog.<>) 1
        THEN ARRAY[NULL]::pg_catalog.text[] ELSE ${name} END AS ${name}`;
    })
    .join(', ');
}

export function exactRow(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (TIMES.has(column)) return [column, timeOf(value)];
      return [column, JSONS.has(column) ? jsonOf(value) : value];
    }),
  );
}

/** JSON as PostgreSQL writes it, or its text where it has a number that JavaScript does not write so, such as 1.0. */
function jsonOf(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const numbers = text.replace(/"(?:[^"\\]|\\.)*"/g, '');
  return /\.\d*0(?!\d)|\d{16}/.test(numbers) ? text : (JSON.parse(text) as unknown);
}

/**
 * `digestOf([auditFactsOf(row, columns)])` as SQL. It names the schema of each function and operator. Otherwise somebody
 * who can define a function could give it another one for some seconds, which a better match of types would select.
 */
export function auditDigest(columns: readonly string[]): string {
  const texts = columns.map((column) => {
    const name = quoted(column);
    const text = TIMES.has(column)
      ? exactTime(name)
      : column === 'mac'
        ? `(pg_catalog.chr(92) OPERATOR(pg_catalog.||) 'x' OPERATOR(pg_catalog.||) pg_catalog.encode(${name}, 'hex'))`
        : `${name}::pg_catalog.text`;
    return `coalesce('=' OPERATOR(pg_catalog.||) ${text}, '')`;
  });
  const joined = `pg_catalog.concat_ws(pg_catalog.chr(1), ${texts.join(', ')})`;
  return `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${joined}, 'UTF8')), 'hex')`;
}
