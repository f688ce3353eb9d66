/**
 * How a name sounds, roughly: American Soundex of each word, for the `phonetic` search parameters.
 * @see https://www.archives.gov/research/census/soundex
 */
import { normalForm } from '../../fhir/normal-form';

const DIGITS: Record<string, string> = {
  ...Object.fromEntries([...'bfpv'].map((letter) => [letter, '1'])),
  ...Object.fromEntries([...'cgjkqsxz'].map((letter) => [letter, '2'])),
  ...Object.fromEntries([...'dt'].map((letter) => [letter, '3'])),
  l: '4',
  m: '5',
  n: '5',
  r: '6',
};

/** `Robert Smythe` becomes `r163 s530`. */
export function soundex(text: string): string {
  const words = normalForm('NFD', text)
    .toLowerCase()
    .replace(/[^a-z\s-]/g, '');
  return words
    .split(/[\s-]+/)
    .filter((word) => word !== '')
    .map(ofWord)
    .join(' ');
}

function ofWord(word: string): string {
  let code = word.charAt(0);
  let last = DIGITS[code];
  for (const letter of word.slice(1)) {
    const digit = DIGITS[letter];
    if (digit !== undefined && digit !== last) code += digit;
    // h and w between two letters of one sound do not part them; a vowel does.
    if (letter !== 'h' && letter !== 'w') last = digit;
  }
  return code.slice(0, 4).padEnd(4, '0');
}
