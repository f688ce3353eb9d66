import { NHS_NUMBERS, nhsNumberOf } from './nhs-number';
import { personAt } from './person';

const PEOPLE = Array.from({ length: 2000 }, (_, n) => personAt(n * 37));

function passes(nhsNumber: string): boolean {
  const digits = [...nhsNumber].map(Number);
  const sum = digits.slice(0, 9).reduce((total, digit, i) => total + digit * (10 - i), 0);
  return digits.length === 10 && (11 - (sum % 11)) % 11 === digits[9];
}

describe('nhsNumberOf', () => {
  it('gives test-range numbers with a right check digit', () => {
    const numbers = Array.from({ length: 5000 }, (_, n) => nhsNumberOf(n * 179));
    expect(numbers.filter((number) => !number.startsWith('999') || !passes(number))).toEqual([]);
  });

  it('gives none twice, and none of ten equal digits', () => {
    const seen = new Uint8Array(1_000_000);
    let twice = 0;
    for (let n = 0; n < NHS_NUMBERS; n++) {
      const stem = Number(nhsNumberOf(n).slice(3, 9));
      twice += seen[stem] ?? 0;
      seen[stem] = 1;
    }
    expect([twice, seen[999_999]]).toEqual([0, 0]);
  });
});

describe('personAt', () => {
  it('is the same person for the same number', () => {
    expect(personAt(74)).toEqual(PEOPLE[2]);
  });

  it('is between 18 and 95 years old during any stay', () => {
    const births = PEOPLE.map(({ birthDate }) => birthDate).sort();
    expect(births[0]?.localeCompare('1930-12-01')).toBe(1);
    expect(births[births.length - 1]?.localeCompare('2006-01-02')).toBe(-1);
  });

  it('has a telephone number that rings nowhere, and a postcode where nobody lives', () => {
    for (const { mobile, landline = '01632 960000', postcode } of PEOPLE) {
      expect(mobile).toMatch(/^07700 900\d{3}$/);
      expect(landline).toMatch(/^01632 960\d{3}$/);
      expect(postcode).toMatch(/^[A-Z]{1,2}99 \d[ABD-HJLNP-UW-Z]{2}$/);
    }
  });

  it('meets names with apostrophes, hyphens and diacritics', () => {
    const families = PEOPLE.map(({ family }) => family).join(' ');
    expect(["O'", '-', 'ń', 'Ò'].filter((mark) => !families.includes(mark))).toEqual([]);
  });

  it('never repeats a given name as a middle name', () => {
    expect(PEOPLE.filter(({ given }) => new Set(given).size !== given.length)).toEqual([]);
  });
});
