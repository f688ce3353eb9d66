/** One constant for each code system and pattern: the literal is written where the constant is, and nowhere else. */
import { LOINC, SNOMED_CT, UCUM } from '../../src/fhir/code-systems';
import { NHS_NUMBER_SYSTEM } from '../../src/terminology/nhs-number';
import { ODS_ORGANISATION_SYSTEM } from '../../src/terminology/ods';
import { filesIn, isTest, textOf } from '../support/sources';

const files = filesIn('src', '.ts').filter((path) => !isTest(path));

function writtenIn(literal: string): string[] {
  return files.filter((path) => textOf(path).includes(literal));
}

describe('the address of a system', () => {
  it.each([
    [SNOMED_CT, 'src/fhir/code-systems.ts'],
    [UCUM, 'src/fhir/code-systems.ts'],
    [LOINC, 'src/fhir/code-systems.ts'],
    [NHS_NUMBER_SYSTEM, 'src/terminology/nhs-number.ts'],
    [ODS_ORGANISATION_SYSTEM, 'src/terminology/ods.ts'],
  ])('%s is written once, as a whole string, in %s', (system, home) => {
    expect(writtenIn(`= '${system}'`)).toEqual([home]);
    expect(writtenIn(`: '${system}'`)).toEqual([]);
  });
});

describe('the pattern of a UUID', () => {
  it('is written in src/fhir/uuid.ts alone', () => {
    expect(writtenIn('[0-9a-f]{8}')).toEqual(['src/fhir/uuid.ts']);
    expect(writtenIn('[0-9a-fA-F]{8}')).toEqual([]);
  });
});
