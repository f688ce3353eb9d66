/**
 * Text as it is compared when names are searched and matched: `  Zoë  O’BRIEN-Łukasz` becomes `zoe obrien lukasz`. Case
 * and accents do not count, letters that have no accent to take away are written out, apostrophes are left out, and
 * hyphens and dashes are spaces. Codes and identifiers are never folded.
 * @see https://hl7.org/fhir/R4/search.html#string
 * @see docs/decisions/0033-reading-what-people-type.md
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  const plain = isAscii(lower) ? lower : inPlainLetters(lower);
  const joined = plain.replace(LEFT_OUT, '');
  return /[\s-]/.test(joined) ? joined.replace(/[\s-]+/g, ' ').trim() : joined;
}

/** What NFKD does not take apart. */
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

/** Apostrophes and quotation marks that stand for one, accents that stand by themselves, and primes. */
const APOSTROPHES =
  /['`´\u02b9-\u02bf\u02c8\u02ca\u02cb\u02ee\u055a\u07f4\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u2018-\u201b\u2032\u2035\ua78b\ua78c\uff07\uff40]/g;
/** Hyphens, dashes and minus signs; also the soft hyphen. */
const DASHES = /[\p{Pd}\u00ad\u02d7\u2043\u207b\u208b\u2212]/gu;
/** Marks without a width: they cannot be seen, and nobody types them. */
const INVISIBLE = /[\u200b-\u200f\u2060\ufeff]/g;
// eslint-disable-next-line no-control-regex -- what FHIR does not allow in a string is left out of what is compared
const LEFT_OUT = /['`\0-\x08\x0e-\x1f]/g;

function inPlainLetters(lower: string): string {
  return withoutMarks(withoutMarks(lower).normalize('NFKD').replace(/\p{M}/gu, '')).replace(
    WRITTEN_OUT,
    (letter) => LETTERS[letter] ?? letter,
  );
}

/** Before letters are taken apart, since some apostrophes would become spaces; and after, since some come of it. */
function withoutMarks(text: string): string {
  return text.replace(APOSTROPHES, '').replace(DASHES, '-').replace(INVISIBLE, '');
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) return false;
  return true;
}
