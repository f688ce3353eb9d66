import fc from 'fast-check';
import { createPatients } from '../../resources/patient/patients';
import { nhsNumbersIn } from './nhs-numbers-in';
import { growth, IN_PROPORTION } from '../../../test/support/growth';

const found = (...texts: string[]): string[] => [...nhsNumbersIn(texts)];

describe('the NHS numbers in a request', () => {
  it.each([
    ['patient:identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018', ['9990000018']],
    ['/FHIR/R4/Patient/9990000018', ['9990000018']],
    ['identifier=999 000 0018', ['9990000018']],
    ['identifier=999-000-0018,9990000026', ['9990000018', '9990000026']],
    ['identifier=https://fhir.nhs.uk/Id/nhs-number|1234567890', ['1234567890']],
    ['identifier=1234567890', []],
    ['identifier=https://example.org/mrn|12345678', []],
    ['_id=0190aaaa-9990-0000-1800-000000000001', []],
    ['date=ge2026-11-22T10:00:00Z', []],
    [String.raw`identifier=https://fhir.nhs.uk/Id/nhs-number\|1234567890`, ['1234567890']],
    ['identifier=999+000+0018', ['9990000018']],
    ['identifier=a9990000018,9990000026b,x-9990000018', []],
    ['identifier=9990000018 9990000026', ['9990000018', '9990000026']],
    ['', []],
  ])('of %s are %j', (text, numbers) => {
    expect(found(text)).toEqual(numbers);
  });

  it('are each told once, over all the texts', () => {
    expect(found('9990000018', 'x=9990000018&y=9990000026')).toEqual(['9990000018', '9990000026']);
  });

  it('are all told, after however many others', () => {
    const others = Array.from({ length: 60 }, () => 'x').join(',');
    const decoys = [...validNumbers(60)].join(',');
    expect(found(`_tag=${others}`, `_tag=${decoys}`, 'identifier=9990000018').at(-1)).toBe('9990000018');
  });

  it('take time in proportion to the text', () => {
    const textOf = (count: number): string =>
      `identifier=${'9 -'.repeat(count)},nhs-number|${' '.repeat(count)}x`;
    const look = (text: string): void => expect(found(text)).toEqual([]);
    expect(growth(textOf, look, 50_000)).toBeLessThan(IN_PROPORTION);
  });
});

function* validNumbers(count: number): Generator<string> {
  const { readNumber } = createPatients((nhsNumber) => nhsNumber);
  for (let number = 4_000_000_000, left = count; left > 0; number += 1)
    if (readNumber(String(number)).isRight) {
      left -= 1;
      yield String(number);
    }
}

describe('every spelling that a search reads as a number', () => {
  const { readNumber } = createPatients((nhsNumber) => nhsNumber);
  const usual = [' ', '  ', '-', '--', '\t', '\u00a0', '\u2009', '\u2013', '\u2212', '\u00ad', '\u3000'];
  const between = fc.oneof(
    fc.constant(''),
    fc.constantFrom(...usual),
    fc.string({ unit: 'binary', maxLength: 2 }),
  );
  const written = fc
    .array(between, { minLength: 11, maxLength: 11 })
    .map((parts) => parts.map((part, index) => part + '9990000018'.charAt(index)).join(''));
  const places = ['identifier=VALUE', 'patient.identifier=a,VALUE,b&_count=0', 'x=y|VALUE'] as const;

  it('is found in the query', () => {
    fc.assert(
      fc.property(written, fc.constantFrom(...places), (value, place) => {
        const isNumber = readNumber(value).isRight;
        const numbers = found(place.replace('VALUE', () => value));
        expect(isNumber ? numbers : ['9990000018']).toEqual(['9990000018']);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is found as the attackers wrote it', () => {
    for (const each of usual) {
      const value = `${each}99${each}90${each}00${each}0018${each}`;
      expect([each, readNumber(value).isRight, found(`identifier=${value}`)]).toEqual([
        each,
        true,
        ['9990000018'],
      ]);
    }
  });
});
