/**
 * Folds text for searching and matching names: `  Zoë  O’BRIEN-Łukasz` becomes `zoe obrien lukasz`. Case and accents
 * are removed, letters that do not decompose are written out, apostrophes are removed, and hyphens and dashes become
 * spaces. Codes and identifiers are never folded.
 * @see https://hl7.org/fhir/R4/search.html#string
 * @see docs/decisions/0033-reading-what-people-type.md
 */
import { normalForm } from '../../fhir/normal-form';

export function fold(text: string): string {
  const lower = text.toLowerCase();
  const plain = isAscii(lower) ? lower : inPlainLetters(lower);
  const joined = plain.replace(LEFT_OUT, '');
  return /[\s-]/.test(joined) ? joined.replace(/[\s-]+/g, ' ').trim() : joined;
}

/** Letters that NFKD does not decompose. */
const LETTERS: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  ð: 'd',
  đ: 'd',
  þ: 'th',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
};
const WRITTEN_OUT = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

/** Apostrophes, quotation marks used as apostrophes, accents without a letter, and primes. */
const APOSTROPHES =
  /['`´\u02b9-\u02bf\u02c8\u02ca\u02cb\u02ee\u055a\u07f4\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u2018-\u201b\u2032\u2035\ua78b\ua78c\uff07\uff40]/g;
/** Hyphens, dashes and minus signs; also the soft hyphen. */
const DASHES = /[\p{Pd}\u00ad\u02d7\u2043\u207b\u208b\u2212]/gu;
/** Characters without a width: they are invisible, and people do not type them. */
const INVISIBLE = /[\u200b-\u200f\u2060\ufeff]/g;
// eslint-disable-next-line no-control-regex -- what FHIR does not allow in a string is left out of what is compared
const LEFT_OUT = /['`\0-\x08\x0e-\x1f]/g;

function inPlainLetters(lower: string): string {
  return withoutMarks(normalForm('NFKD', withoutMarks(lower)).replace(/\p{M}/gu, '')).replace(
    WRITTEN_OUT,
    (letter) => LETTERS[letter] ?? letter,
  );
}

/** Runs before NFKD, which would turn some apostrophes into spaces, and after it, because it produces others. */
function withoutMarks(text: string): string {
  return text.replace(APOSTROPHES, '').replace(DASHES, '-').replace(INVISIBLE, '');
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) return false;
  return true;
}
