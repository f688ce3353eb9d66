/**
 * NHS numbers for people who do not exist: from the range 999, which is reserved for tests and never issued, with a
 * right check digit. Each patient number has one NHS number, and no two have the same.
 * @see https://www.datadictionary.nhs.uk/attributes/nhs_number.html
 */

/** Ten neighbouring stems have nine or ten with a check digit; nine are used. */
const USED_OF_TEN = 9;
/** The last ten stems are left out: 9999999999 has a right check digit, but ten equal digits are no NHS number. */
const TENS = 99_999;
/** How many different ones there are. */
export const NHS_NUMBERS = TENS * USED_OF_TEN;
/** Has no factor in common with the count, so that numbering by its multiples meets every number once. */
const SCATTER = 618_031;

/** The weighted sum of the three nines that every number begins with. */
const PREFIX_SUM = 9 * 10 + 9 * 9 + 9 * 8;

/** The NHS number of patient `n`, as ten digits. After the last they come round again. */
export function nhsNumberOf(n: number): string {
  const scattered = (n * SCATTER) % NHS_NUMBERS;
  const ten = Math.floor(scattered / USED_OF_TEN);
  let sum = PREFIX_SUM;
  for (let rest = ten, weight = 3; weight <= 7; weight++, rest = Math.floor(rest / 10))
    sum += (rest % 10) * weight;
  let wanted = scattered % USED_OF_TEN;
  for (let last = 0; last < 10; last++) {
    // Modulus 11; where the remainder asks for a check digit of ten there is none, and no such number.
    const check = (11 - ((sum + last * 2) % 11)) % 11;
    if (check !== 10 && wanted-- === 0) return String(9_990_000_000 + ten * 100 + last * 10 + check);
  }
  throw new Error('ten neighbouring stems have at least nine check digits');
}
