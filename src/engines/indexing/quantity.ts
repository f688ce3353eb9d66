/**
 * Quantities: the number exactly as sent, with its unit system, code and unit beside it.
 * @see https://hl7.org/fhir/R4/search.html#quantity
 */
import type { SearchParameter } from '../../definitions/table';
import { isNumber, numberText } from '../../fhir/decimal';
import { isObject, type JsonObject } from '../../fhir/types';
import { splitEscaped, unescape } from './escape';
import { anyOf, columnType, extreme, type Bind, type Clause, type Indexing } from './indexing';
import { compareNumber, NOT_A_NUMBER, readNumber, type AskedNumber } from './number';
import { takePrefix, type Prefix } from './prefix';
import { notOffered } from './modifier';

export const quantity: Indexing = {
  columns({ column, multiple, documentation }) {
    const text = columnType('text', multiple);
    return [
      { name: column, type: columnType('numeric', multiple), comment: documentation },
      { name: `${column}_system`, type: text, comment: `The system of the unit of \`${column}\`` },
      { name: `${column}_code`, type: text, comment: `The code of the unit of \`${column}\`` },
      { name: `${column}_unit`, type: text, comment: `The unit of \`${column}\` in words` },
    ];
  },

  write({ column, multiple }) {
    return (values, row) => {
      const found = values.filter((value) => isObject(value) && isNumber(value.value)) as JsonObject[];
      const [first] = found;
      if (first === undefined) return;
      const part = (name: string): string | (string | null)[] | null =>
        multiple ? found.map((item) => textOf(item, name)) : textOf(first, name);
      row[column] = multiple ? found.map(valueOf) : valueOf(first);
      row[`${column}_system`] = part('system');
      row[`${column}_code`] = part('code');
      row[`${column}_unit`] = part('unit');
    };
  },

  ask(parameter, modifier, values) {
    if (modifier !== undefined) return { fault: notOffered(modifier, 'quantity', ['missing']) };
    const clauses: Clause[] = [];
    for (const value of values) {
      const [given = '', system = '', code = '', ...rest] = splitEscaped(value, '|').map(unescape);
      const [prefix, text] = takePrefix(given);
      const asked = readNumber(text);
      if (asked === undefined || rest.length > 0)
        return { fault: `${NOT_A_NUMBER}; a quantity adds |system|code` };
      clauses.push(clauseOf(parameter, prefix, asked, system, code));
    }
    return { clause: anyOf(clauses) };
  },

  missing: (parameter, alias) => `${alias}.${parameter.column} IS NULL`,

  sortKey: (parameter, alias, descending) => ({
    sql: extreme(`${alias}.${parameter.column}`, parameter.multiple, descending),
    type: 'numeric',
  }),
};

function clauseOf(
  parameter: SearchParameter,
  prefix: Prefix,
  asked: AskedNumber,
  system: string,
  code: string,
): Clause {
  return (alias, bind) => {
    const column = `${alias}.${parameter.column}`;
    if (!parameter.multiple)
      return `(${test(column, `${column}_system`, `${column}_code`, `${column}_unit`, bind)})`;
    return (
      `EXISTS (SELECT 1 FROM unnest(${column}, ${column}_system, ${column}_code, ${column}_unit)` +
      ` AS item(value, system, code, unit) WHERE ${test('item.value', 'item.system', 'item.code', 'item.unit', bind)})`
    );
  };

  function test(value: string, ofSystem: string, ofCode: string, ofUnit: string, bind: Bind): string {
    const tests = [compareNumber(prefix, value, asked, bind)];
    if (system !== '') tests.push(`${ofSystem} = ${bind(system, 'text')}`);
    if (code !== '' && system !== '') tests.push(`${ofCode} = ${bind(code, 'text')}`);
    if (code !== '' && system === '')
      tests.push(`(${ofCode} = ${bind(code, 'text')} OR ${ofUnit} = ${bind(code, 'text')})`);
    return tests.join(' AND ');
  }
}

function valueOf(item: JsonObject): string {
  return isNumber(item.value) ? numberText(item.value) : '';
}

function textOf(item: JsonObject, name: string): string | null {
  const value = item[name];
  return typeof value === 'string' ? value : null;
}
