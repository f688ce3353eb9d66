/**
 * Indexes strings: stored unchanged (for `:exact`) and folded (for all other searches). A HumanName or an Address is
 * stored by its parts.
 * @see https://hl7.org/fhir/R4/search.html#string
 */
import type { SearchParameter } from '../../definitions/table';
import { isObject, listOf } from '../../fhir/types';
import { unescape } from './escape';
import { fold } from './fold';
import { columnType, equalsAny, nothing, type Indexing, type Row } from './indexing';
import { notOffered } from './modifier';

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
        row[`${parameter.column}_folded`] = withinOneVector(unique.flatMap((text) => lexemesOf(fold(text))));
      } else if (unique[0] !== undefined) {
        row[parameter.column] = unique[0];
        row[`${parameter.column}_folded`] = fold(unique[0]);
      }
    };
  },

  ask(parameter, modifier, values) {
    if (modifier !== undefined && modifier !== 'exact' && modifier !== 'contains')
      return { fault: notOffered(modifier, 'string', ['exact', 'contains', 'missing']) };
    const encode = parameter.encode ?? ((text: string) => text);
    const meant = values.map((value) => encode(unescape(value)));
    if (meant.some((text) => text.trim() === '')) return { fault: 'a string search needs some text' };
    // A text of apostrophes or dashes folds to nothing, and finds nothing.
    const asked = modifier === 'exact' ? meant : meant.map(fold).filter((text) => text !== '');
    if (asked.length === 0) return { clause: nothing };
    if (modifier === 'exact')
      return {
        clause: (alias, bind) =>
          parameter.multiple
            ? `${alias}.${parameter.column} && ${bind(asked, 'text[]')}`
            : equalsAny(`${alias}.${parameter.column}`, asked, bind),
      };
    if (modifier === 'contains' && parameter.multiple && asked.some((text) => bytesOf(text) > STRIDE_BYTES))
      return { fault: `:contains allows at most ${STRIDE_BYTES} bytes of text. Search for a shorter part` };
    if (modifier === 'contains')
      return { clause: (alias, bind) => some(parameter, alias, bind(asked, 'text[]'), CONTAINS) };
    // The form that an index of prefixes (GIN over the folded texts as lexemes) supports, when there is one.
    if (parameter.multiple)
      return {
        clause: (alias, bind) =>
          `array_to_tsvector(${alias}.${parameter.column}_folded) @@ ${bind(asked.map((text) => prefixQuery(firstBytes(text, LEXEME_BYTES))).join(' | '), 'tsquery')}`,
      };
    return { clause: (alias, bind) => some(parameter, alias, bind(asked, 'text[]'), STARTS) };
  },

  missing: (parameter, alias) => `${alias}.${parameter.column} IS NULL`,

  sortKey: (parameter, alias, descending) => ({
    sql: parameter.multiple
      ? `(SELECT ${descending ? 'max' : 'min'}(item) FROM unnest(${alias}.${parameter.column}_folded) AS item WHERE NOT starts_with(item, E'\\x01'))`
      : `${alias}.${parameter.column}_folded`,
    type: 'text',
  }),
};

/** The longest piece of a text in bytes; PostgreSQL accepts 2,046 bytes as a lexeme. */
const LEXEME_BYTES = 2_000;
/**
 * A longer text is split into pieces. Each piece begins this many bytes after the previous one and overlaps it, so that
 * a part of the text of at most this length is complete in one piece.
 */
const STRIDE_BYTES = 1_000;
/** The prefix of each further piece, so that it is not found as the beginning of a text. No folded text contains it. */
const FURTHER = '\u0001';
/**
 * The size of one `tsvector`, with a margin.
 * @see https://www.postgresql.org/docs/current/textsearch-limitations.html
 */
const LARGEST_VECTOR_BYTES = 1_000_000;
const PER_LEXEME_BYTES = 8;
const STARTS = 'starts_with(item, asked)';
const CONTAINS = 'strpos(item, asked) > 0';

function some(parameter: SearchParameter, alias: string, asked: string, test: string): string {
  const column = `${alias}.${parameter.column}_folded`;
  const items = parameter.multiple ? column : `ARRAY[${column}]`;
  return `EXISTS (SELECT 1 FROM unnest(${items}) AS item, unnest(${asked}) AS asked WHERE ${test})`;
}

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** The beginning of a text: at most this many bytes, without part of a character at its end. */
function firstBytes(text: string, most: number): string {
  if (text.length * 3 <= most || bytesOf(text) <= most) return text;
  const bytes = Buffer.from(text);
  let end = most;
  while (isWithinCharacter(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** A text as the index stores it: whole, or in pieces that overlap. */
function lexemesOf(text: string): string[] {
  if (text.length * 3 <= LEXEME_BYTES || bytesOf(text) <= LEXEME_BYTES) return [text];
  const bytes = Buffer.from(text);
  const pieces = [firstBytes(text, LEXEME_BYTES)];
  for (let start = STRIDE_BYTES; start + LEXEME_BYTES - STRIDE_BYTES < bytes.length; start += STRIDE_BYTES) {
    // A character at a boundary belongs to both pieces.
    let [from, to] = [start, Math.min(start + LEXEME_BYTES, bytes.length)];
    while (isWithinCharacter(bytes[from])) from -= 1;
    while (isWithinCharacter(bytes[to])) to += 1;
    pieces.push(FURTHER + bytes.toString('utf8', from, to));
  }
  return pieces;
}

/** True of a byte that continues a character of UTF-8. */
const isWithinCharacter = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/**
 * As many of the texts as fit into one `tsvector` (1 MB with PostgreSQL's own data); an empty text is not a lexeme. The
 * rest is stored too, but only `:exact` finds it.
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
