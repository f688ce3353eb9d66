/**
 * Whether a code can be a SNOMED CT identifier, as far as that can be told without a terminology server: its length,
 * its check digit (Verhoeff) and its partition, which says what it identifies.
 * @see https://confluence.ihtsdotools.org/display/DOCRELFMT/6+SNOMED+CT+Identifiers
 */
export type SctidVerdict = 'valid' | 'not-an-sctid' | 'not-a-concept';

/** Multiplication in the dihedral group D5. */
const MULTIPLY = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
].map((row) => [...row].map(Number));

/** Verhoeff's permutation, by the digit's place from the right. */
const PERMUTE = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
].map((row) => [...row].map(Number));

/**
 * `not-an-sctid`: wrong length, wrong characters, wrong check digit, or a partition that does not exist.
 * `not-a-concept`: the identifier of a description or a relationship, which codes nothing.
 */
export function checkSctid(code: string): SctidVerdict {
  if (!/^[1-9]\d{5,17}$/.test(code) || !hasCheckDigit(code)) return 'not-an-sctid';
  const partition = code.slice(-3, -1);
  // The first digit tells the short format (0) from the one with a namespace (1), the second what is identified.
  if (!/^[01][0-5]$/.test(partition)) return 'not-an-sctid';
  // With a namespace, seven digits of it stand before the partition, and an item before that.
  if (partition.startsWith('1') && code.length < 11) return 'not-an-sctid';
  return partition.endsWith('0') ? 'valid' : 'not-a-concept';
}

function hasCheckDigit(code: string): boolean {
  let check = 0;
  for (let place = 0; place < code.length; place += 1) {
    const digit = code.charCodeAt(code.length - 1 - place) - 48;
    check = MULTIPLY[check]?.[PERMUTE[place % 8]?.[digit] ?? 0] ?? 0;
  }
  return check === 0;
}
