/**
 * The NHS number: ten digits of which the last is a check digit, modulus 11.
 * @see https://www.datadictionary.nhs.uk/attributes/nhs_number.html
 */

export const NHS_NUMBER_SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number';

/** True of ten digits whose check digit holds and which are not one digit ten times over. */
export function isValidNhsNumber(text: string): boolean {
  if (!/^\d{10}$/.test(text) || /^(\d)\1{9}$/.test(text)) return false;
  let sum = 0;
  for (let place = 0; place < 9; place++) sum += digit(text, place) * (10 - place);
  const check = (11 - (sum % 11)) % 11;
  return check !== 10 && check === digit(text, 9);
}

/** True of a number of the range 999…, which is never issued to a person: for tests only. */
export function isTestRangeNhsNumber(text: string): boolean {
  return text.startsWith('999');
}

/**
 * What may stand in and around a number as people write it, inside a character class with the flag `u`. What reads a
 * number, and what finds numbers in a text for the audit trail, use this one: a number that a search understands is on
 * record.
 */
const SPACES_AND_DASHES = String.raw`\s\p{Pd}\u00ad\u2212`;
const SPACE_OR_DASH = new RegExp(`[${SPACES_AND_DASHES}]`, 'gu');

/** A number as people write it, without its spaces and dashes of any kind. */
export function withoutSpacesAndDashes(text: string): string {
  return text.replace(SPACE_OR_DASH, '');
}

/** A character of a number as people write it, as the source of an expression; a `+` is a space in a URL. */
export const OF_A_NUMBER = `[\\d+${SPACES_AND_DASHES}]`;
const SPELLED = new RegExp(`${OF_A_NUMBER}{10,}`, 'gu');

/** The ten digits of each number in a text, however it is spaced, that no letter and no other digit stands beside. */
export function* tenDigitsIn(text: string): Generator<string> {
  for (const { 0: spelled, index } of text.matchAll(SPELLED)) {
    if (isWordAt(text, index - 1) || isWordAt(text, index + spelled.length)) continue;
    const digits = digitsOf(spelled);
    if (digits.length === 10) yield digits;
  }
}

/** The digits of a number that is written with the characters `OF_A_NUMBER`. */
export const digitsOf = (spelled: string): string => withoutSpacesAndDashes(spelled.replaceAll('+', ' '));

const isWordAt = (text: string, place: number): boolean => /\w/.test(text.charAt(place));

/** The ten digits of a number written with spaces or hyphens (`999 000 0018`), or undefined where it is not that. */
export function withoutNhsNumberSpacing(text: string): string | undefined {
  const digits = text.replace(/[\s\u00a0-]/g, '');
  return digits !== text && /^\d{10}$/.test(digits) ? digits : undefined;
}

const SYSTEM_VARIANT =
  /^(?:https?:\/\/fhir\.nhs\.uk\/id\/nhs-number\/?|(?:urn:oid:)?2\.16\.840\.1\.113883\.2\.1\.4\.1)$/i;

/** True of a way of writing the NHS number's system that is known, unambiguous, and not the right one. */
export function isNhsNumberSystemVariant(system: string): boolean {
  return system !== NHS_NUMBER_SYSTEM && SYSTEM_VARIANT.test(system.trim());
}

function digit(text: string, place: number): number {
  return text.charCodeAt(place) - 48;
}
