/**
 * Finds the NHS numbers in the path, the query or the form of a request, for its audit record. A request for a number
 * is recorded whether or not anything was found. Finds valid numbers anywhere, in every spelling that a search reads,
 * and any ten digits that have the NHS number's system before them.
 */
import { digitsOf, isValidNhsNumber, OF_A_NUMBER, tenDigitsIn } from '../../terminology/nhs-number';

/** The usual spellings, also where other numbers stand beside them. */
const CANDIDATE = /(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])/g;
/** A search also reads an escaped bar. */
const NAMED = new RegExp(`nhs-number\\\\?\\|(${OF_A_NUMBER}*)`, 'gu');

export function nhsNumbersIn(texts: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const text of texts)
    for (const digits of lookedAtIn(text)) if (digits !== undefined) found.add(digits);
  return found;
}

/** Each number in the text, more than once where it comes so; undefined for what was looked at and is none. */
export function* lookedAtIn(text: string): Generator<string | undefined> {
  if (text.length < 10) return;
  for (const [match] of text.matchAll(CANDIDATE)) yield ifValid(match.replace(/[ -]/g, ''));
  for (const digits of tenDigitsIn(text)) yield ifValid(digits);
  yield* afterTheSystem(text);
}

const ifValid = (digits: string): string | undefined => (isValidNhsNumber(digits) ? digits : undefined);

/** The ten digits after each `nhs-number|`, whether or not their check digit is right. */
export function* afterTheSystem(text: string): Generator<string> {
  for (const [, spelled = ''] of text.matchAll(NAMED)) {
    const digits = digitsOf(spelled);
    if (digits.length === 10) yield digits;
  }
}
