/**
 * Indexes numbers: stored exactly; searched with the precision of the digits given (`100` is 99.5 up to 100.5).
 * @see https://hl7.org/fhir/R4/search.html#number
 */
import { isNumber, numberText } from '../../fhir/decimal';
import { unescape } from './escape';
import { anyOf, columnType, extreme, type Bind, type Clause, type Indexing } from './indexing';
import { takePrefix, type Prefix } from './prefix';
import { notOffered } from './modifier';

export const number: Indexing = {
  columns: (parameter) => [
    {
      name: parameter.column,
      type: columnType('numeric', parameter.multiple),
      comment: parameter.documentation,
    },
  ],

  write(parameter) {
    return (values, row) => {
      const texts = values.filter(isNumber).map(numberText);
      if (parameter.multiple) row[parameter.column] = texts;
      else if (texts[0] !== undefined) row[parameter.column] = texts[0];
    };
  },

  ask(parameter, modifier, values) {
    if (modifier !== undefined) return { fault: notOffered(modifier, 'number', ['missing']) };
    const clauses: Clause[] = [];
    for (const value of values) {
      const [prefix, text] = takePrefix(unescape(value));
      const asked = readNumber(text);
      if (asked === undefined) return { fault: NOT_A_NUMBER };
      clauses.push((alias, bind) => {
        const column = `${alias}.${parameter.column}`;
        if (!parameter.multiple) return compareNumber(prefix, column, asked, bind);
        return `EXISTS (SELECT 1 FROM unnest(${column}) AS item WHERE ${compareNumber(prefix, 'item', asked, bind)})`;
      });
    }
    return { clause: anyOf(clauses) };
  },

  missing: (parameter, alias) => `${alias}.${parameter.column} IS NULL`,

  sortKey: (parameter, alias, descending) => ({
    sql: extreme(`${alias}.${parameter.column}`, parameter.multiple, descending),
    type: 'numeric',
  }),
};

export const NOT_A_NUMBER =
  'a number is digits with an optional decimal point and exponent, after an optional prefix (eq, ne, gt, lt, ge, le, sa, eb, ap)';

/** A number as requested: its text, and half of its last digit's place as text (`0.5e-1` for `37.0`). */
export interface AskedNumber {
  text: string;
  half: string;
}

export function readNumber(text: string): AskedNumber | undefined {
  const match = /^[+-]?(?:\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const exponent = Number(match[2] ?? 0);
  if (Math.abs(exponent) > 100) return undefined;
  return { text, half: `0.5e${exponent - (match[1]?.length ?? 0)}` };
}

/** The condition on one number. Equality honours the digits given; comparisons take the number as exact. */
export function compareNumber(prefix: Prefix, item: string, asked: AskedNumber, bind: Bind): string {
  const value = (): string => bind(asked.text, 'numeric');
  const half = (): string => bind(asked.half, 'numeric');
  switch (prefix) {
    case 'eq':
      return `(${item} >= ${value()} - ${half()} AND ${item} < ${value()} + ${half()})`;
    case 'ne':
      return `(${item} < ${value()} - ${half()} OR ${item} >= ${value()} + ${half()})`;
    case 'gt':
    case 'sa':
      return `${item} > ${value()}`;
    case 'lt':
    case 'eb':
      return `${item} < ${value()}`;
    case 'ge':
      return `${item} >= ${value()}`;
    case 'le':
      return `${item} <= ${value()}`;
    case 'ap':
      return `abs(${item} - ${value()}) <= greatest(abs(${value()}) * 0.1, ${half()})`;
  }
}
