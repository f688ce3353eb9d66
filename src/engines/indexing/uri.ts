/**
 * Indexes URIs and canonicals: stored unchanged (`urn:uuid:` and `urn:oid:` in small letters), and also without their
 * `|version`, so that both find them.
 * @see https://hl7.org/fhir/R4/search.html#uri
 */
import { urnInLowerCase } from '../../definitions/token-text';
import { unescape } from './escape';
import { columnType, equalsAny, extreme, type Indexing } from './indexing';
import { notOffered } from './modifier';

export const uri: Indexing = {
  columns: (parameter) => [
    {
      name: parameter.column,
      type: columnType('text', parameter.multiple),
      comment: parameter.documentation,
    },
  ],

  write(parameter) {
    return (values, row) => {
      const uris = values.filter((value): value is string => typeof value === 'string').map(urnInLowerCase);
      if (parameter.multiple) row[parameter.column] = [...new Set(uris.flatMap(withoutVersion))];
      else if (uris[0] !== undefined) row[parameter.column] = uris[0];
    };
  },

  ask(parameter, modifier, values) {
    const asked = values.map((value) => urnInLowerCase(unescape(value)));
    if (asked.some((value) => value === '')) return { fault: 'a uri search needs a uri' };
    if (modifier === undefined)
      return {
        clause: (alias, bind) =>
          parameter.multiple
            ? `${alias}.${parameter.column} && ${bind(asked, 'text[]')}`
            : equalsAny(`${alias}.${parameter.column}`, asked, bind),
      };
    if (modifier !== 'above' && modifier !== 'below')
      return { fault: notOffered(modifier, 'uri', ['above', 'below', 'missing']) };
    const [longer, shorter] = modifier === 'below' ? ['item', 'asked'] : ['asked', 'item'];
    const test = `${longer} = ${shorter} OR starts_with(${longer}, rtrim(${shorter}, '/') || '/')`;
    return {
      clause: (alias, bind) => {
        const column = `${alias}.${parameter.column}`;
        const items = parameter.multiple ? column : `ARRAY[${column}]`;
        return `EXISTS (SELECT 1 FROM unnest(${items}) AS item, unnest(${bind(asked, 'text[]')}) AS asked WHERE ${test})`;
      },
    };
  },

  missing: (parameter, alias) => `${alias}.${parameter.column} IS NULL`,

  sortKey: (parameter, alias, descending) => ({
    sql: extreme(`${alias}.${parameter.column}`, parameter.multiple, descending),
    type: 'text',
  }),
};

/** A canonical and its form without the version. */
export function withoutVersion(canonical: string): string[] {
  const bar = canonical.indexOf('|');
  return bar > 0 ? [canonical, canonical.slice(0, bar)] : [canonical];
}
