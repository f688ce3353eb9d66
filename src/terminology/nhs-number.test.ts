import {
  isNhsNumberSystemVariant,
  isTestRangeNhsNumber,
  isValidNhsNumber,
  withoutNhsNumberSpacing,
} from './nhs-number';

describe('the NHS number', () => {
  it.each(['9990000018', '9990000026', '9990000131', '9449305552', '9111231130', '9000000009'])(
    'accepts %s, whose check digit holds',
    (text) => expect(isValidNhsNumber(text)).toBe(true),
  );

  it.each(['9912003890', '9000000000', '9691199996', '9999999991'])(
    'refuses %s, whose check digit does not hold',
    (text) => expect(isValidNhsNumber(text)).toBe(false),
  );

  it('refuses one digit ten times over, though the arithmetic holds', () => {
    expect([...'0123456789'].filter((digit) => isValidNhsNumber(digit.repeat(10)))).toEqual([]);
  });

  it('refuses every last digit where the check comes to ten', () => {
    expect([...'0123456789'].filter((digit) => isValidNhsNumber(`999000014${digit}`))).toEqual([]);
  });

  it.each(['', '999000001', '99900000180', '999 000 0018', '999000001X', '٩٩٩٠٠٠٠٠١٨'])(
    'refuses %p, which is not ten digits',
    (text) => expect(isValidNhsNumber(text)).toBe(false),
  );

  it('knows the range that is never issued', () => {
    expect([isTestRangeNhsNumber('9990000018'), isTestRangeNhsNumber('9449305552')]).toEqual([true, false]);
  });

  it('closes the gaps of a number written in groups, and of nothing else', () => {
    expect(
      ['999 000 0018', '999-000-0018', '9990000018', '999 000 001', 'abc'].map(withoutNhsNumberSpacing),
    ).toEqual(['9990000018', '9990000018', undefined, undefined, undefined]);
  });

  it('knows the variants of its system', () => {
    expect(
      [
        'http://fhir.nhs.uk/Id/nhs-number',
        'https://fhir.nhs.uk/Id/nhs-number/',
        'https://fhir.nhs.uk/id/NHS-number',
        'urn:oid:2.16.840.1.113883.2.1.4.1',
        '2.16.840.1.113883.2.1.4.1',
      ].every(isNhsNumberSystemVariant),
    ).toBe(true);
    expect(
      ['https://fhir.nhs.uk/Id/nhs-number', 'https://fhir.nhs.uk/Id/nhs-numbers'].some(
        isNhsNumberSystemVariant,
      ),
    ).toBe(false);
  });
});
