/**
 * The NHS numbers that a request names in its path, its query or a form: each is part of what was asked, whether or
 * not anything was found. Right ones wherever they stand; any ten digits where their system says what they are.
 */
import { isValidNhsNumber } from '../terminology/nhs-number';

const CANDIDATE = /(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])/g;
const NAMED = /nhs-number\|([\d -]{10,14})/g;

export function nhsNumbersIn(texts: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const text of texts) {
    if (text.length < 10) continue;
    for (const [match] of text.matchAll(CANDIDATE)) {
      const digits = match.replace(/[ -]/g, '');
      if (isValidNhsNumber(digits)) found.add(digits);
    }
    for (const [, match = ''] of text.matchAll(NAMED)) {
      const digits = match.replace(/[ -]/g, '');
      if (digits.length === 10) found.add(digits);
    }
    if (found.size > 50) break;
  }
  return found;
}
