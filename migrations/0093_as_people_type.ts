/**
 * The audit trail's names and tokens, folded as src/engines/indexing/fold.ts and src/definitions/token-text.ts fold what is
 * asked for. Names here are of users and clients, so that marks of other scripts than Latin, Greek and Cyrillic stay.
 * @see docs/decisions/0033-reading-what-people-type.md
 */
import type { Knex } from 'knex';

const APOSTROPHES =
  "''`´\\u02b9-\\u02bf\\u02c8\\u02ca\\u02cb\\u02ee\\u055a\\u07f4\\u1fbd\\u1fbf\\u1fef\\u1ffd\\u1ffe\\u2018-\\u201b\\u2032\\u2035\\ua78b\\ua78c\\uff07\\uff40";
const INVISIBLE = '\\u0001-\\u0008\\u000e-\\u001f\\u200b-\\u200f\\u2060\\ufeff';
const DASHES =
  '\\-\\u00ad\\u02d7\\u058a\\u05be\\u1400\\u1806\\u2010-\\u2015\\u2043\\u207b\\u208b\\u2212\\u2e17\\u2e1a\\u2e3a\\u2e3b\\u2e40\\u301c\\u3030\\u30a0\\ufe31\\ufe32\\ufe58\\ufe63\\uff0d';
const MARKS = '\\u0300-\\u036f\\u0483-\\u0489\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f';

const withoutMarks = (sql: string): string =>
  `regexp_replace(regexp_replace(${sql}, '[${APOSTROPHES}${INVISIBLE}]', '', 'g'), '[${DASHES}]', ' ', 'g')`;
const inSmallLetters = (sql: string): string =>
  `CASE WHEN ${sql} ~* '^urn:(uuid|oid):' THEN lower(${sql}) ELSE ${sql} END`;
const escaped = (sql: string): string =>
  `regexp_replace(${inSmallLetters(sql)}, '([\\\\|])', '\\\\\\1', 'g')`;

const LETTERS = [
  ['þ', 'th'],
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
] as const;
const writtenOut = (sql: string): string =>
  LETTERS.reduce((text, [letter, plain]) => `replace(${text}, '${letter}', '${plain}')`, sql);

export async function up(knex: Knex): Promise<void> {
  const folded = withoutMarks(
    `regexp_replace(normalize(${withoutMarks('lower(item)')}, NFKD), '[${MARKS}]', '', 'g')`,
  );
  // `knex.raw` takes a question mark for a binding: there is none below.
  await knex.raw(`
    CREATE OR REPLACE FUNCTION audit_folded(texts text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT array_agg(btrim(regexp_replace(translate(${writtenOut(folded)}, 'łøðđı', 'loddi'), '\\s+', ' ', 'g')))
      FROM unnest(texts) AS item
    $$;
    COMMENT ON FUNCTION audit_folded IS 'Texts as names are compared: without case, accents and apostrophes; hyphens are spaces.';

    CREATE OR REPLACE FUNCTION audit_token(system text, value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN value IS NULL THEN '{}'::text[] ELSE
        ARRAY[coalesce(${escaped('system')}, '') || '|' || ${escaped('value')}, ${escaped('value')}] END
    $$;
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
