/**
 * Strings: stored as they are (for `:exact`) and folded (for everything else). A HumanName or an Address gives each of
 * its parts.
 * @see https://hl7.org/fhir/R4/search.html#string
 */
import { firstCharacters } from '../definitions/indexable';
import type { SearchParameter } from '../definitions/table';
import { isObject, listOf } from '../fhir/types';
import { unescape } from './escape';
import { fold } from './fold';
import { columnType, equalsAny, extreme, type Indexing, type Row } from './indexing';

const PARTS = [
  'text',
  'family',
  'given',
  'prefix',
  'suffix',
  'line',
  'city',
  'district',
  'state',
  'postalCode',
  'country',
];

export const string: Indexing = {
  columns: (parameter) => [
    {
      name: parameter.column,
      type: columnType('text', parameter.multiple),
      comment: parameter.documentation,
    },
    {
      name: `${parameter.column}_folded`,
      type: columnType('text', parameter.multiple),
      comment: `\`${parameter.column}\` without case and accents`,
    },
  ],

  write(parameter) {
    return (values, row: Row) => {
      const found: string[] = [];
      for (const value of values) addText(value, found);
      const texts = parameter.encode === undefined ? found : found.map(parameter.encode);
      const unique = texts.length > 1 ? [...new Set(texts)] : texts;
      if (parameter.multiple) {
        row[parameter.column] = unique;
        row[`${parameter.column}_folded`] = withinOneVector(unique.map(foldPart));
      } else if (unique[0] !== undefined) {
        row[parameter.column] = unique[0];
        row[`${parameter.column}_folded`] = fold(unique[0]);
      }
    };
  },

  ask(parameter, modifier, values) {
    if (modifier !== undefined && modifier !== 'exact' && modifier !== 'contains')
      return {
        fault: `the modifier :${modifier} is not offered for a string; :exact, :contains and :missing are`,
      };
    const encode = parameter.encode ?? ((text: string) => text);
    const meant = values.map((value) => encode(unescape(value)));
    const asked = modifier === 'exact' ? meant : meant.map(fold);
    if (asked.some((text) => text === '')) return { fault: 'a string search needs some text' };
    if (modifier === 'exact')
      return {
        clause: (alias, bind) =>
          parameter.multiple
            ? `${alias}.${parameter.column} && ${bind(asked, 'text[]')}`
            : equalsAny(`${alias}.${parameter.column}`, asked, bind),
      };
    if (modifier === 'contains')
      return { clause: (alias, bind) => some(parameter, alias, bind(asked, 'text[]'), CONTAINS) };
    // Where there is an index of prefixes (GIN over the folded texts as lexemes), this is the form that it answers.
    if (parameter.multiple)
      return {
        clause: (alias, bind) =>
          `array_to_tsvector(${alias}.${parameter.column}_folded) @@ ${bind(asked.map((text) => prefixQuery(firstCharacters(text, LONGEST))).join(' | '), 'tsquery')}`,
      };
    return { clause: (alias, bind) => some(parameter, alias, bind(asked, 'text[]'), STARTS) };
  },

  missing: (parameter, alias) => `${alias}.${parameter.column} IS NULL`,

  sortKey: (parameter, alias, descending) => ({
    sql: extreme(`${alias}.${parameter.column}_folded`, parameter.multiple, descending),
    type: 'text',
  }),
};

/** Characters of one of several texts that are compared: what PostgreSQL takes as a lexeme is 2,046 bytes. */
const LONGEST = 500;
/** What one `tsvector` holds, with a margin. @see https://www.postgresql.org/docs/current/textsearch-limitations.html */
const LARGEST_VECTOR_BYTES = 1_000_000;
const PER_LEXEME_BYTES = 8;
const STARTS = 'starts_with(item, asked)';
const CONTAINS = 'strpos(item, asked) > 0';

function some(parameter: SearchParameter, alias: string, asked: string, test: string): string {
  const column = `${alias}.${parameter.column}_folded`;
  const items = parameter.multiple ? column : `ARRAY[${column}]`;
  return `EXISTS (SELECT 1 FROM unnest(${items}) AS item, unnest(${asked}) AS asked WHERE ${test})`;
}

/** One of several texts. */
function foldPart(text: string): string {
  return firstCharacters(fold(text), LONGEST);
}

/**
 * As many of the texts as PostgreSQL takes into one `tsvector` (1 MB with its own book-keeping); an empty text is no
 * lexeme. What lies beyond is stored, and found by `:exact`.
 */
function withinOneVector(texts: readonly string[]): string[] {
  const taken: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    bytes += Buffer.byteLength(text) + PER_LEXEME_BYTES;
    if (bytes > LARGEST_VECTOR_BYTES) break;
    if (text !== '') taken.push(text);
  }
  return taken;
}

/** `'smi':*` */
function prefixQuery(text: string): string {
  return `'${text.replace(/['\\]/g, '$&$&')}':*`;
}

function addText(value: unknown, found: string[]): void {
  if (typeof value === 'string') found.push(value);
  if (!isObject(value)) return;
  for (const part of PARTS)
    for (const text of listOf(value[part])) if (typeof text === 'string' && text !== '') found.push(text);
}
