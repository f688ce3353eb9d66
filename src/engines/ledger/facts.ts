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
    const value = textOf(row[column] ?? null);
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

/** The text of a column in SQL, where it is not the one that PostgreSQL makes by itself. */
const FORMS: Readonly<Record<string, string>> = {
  last_updated: `to_char(last_updated AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  mac: `chr(92) || 'x' || encode(mac, 'hex')`,
};

/** `digestOf([auditFactsOf(row, columns)])` as SQL. */
export function auditDigest(columns: readonly string[]): string {
  const texts = columns.map((column) => `coalesce('=' || ${FORMS[column] ?? `${quoted(column)}::text`}, '')`);
  return `encode(sha256(convert_to(concat_ws(chr(1), ${texts.join(', ')}), 'UTF8')), 'hex')`;
}
