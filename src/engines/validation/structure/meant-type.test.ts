/** A misspelled resource type is answered with the one that was meant. */
import { createStructureValidator } from './create-structure-validator';

const structure = createStructureValidator();
const textOf = (resourceType: string): string[] =>
  structure
    .validate({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType } }] })
    .filter(({ expression = '' }) => expression.endsWith('resourceType'))
    .map(({ text }) => text);

describe('a resource type that R4 does not have', () => {
  it.each([
    ['observation', 'Observation'],
    ['Patients', 'Patient'],
    ['DocumentRefrence', 'DocumentReference'],
  ])('%s was probably meant to be %s', (written, meant) => {
    expect(textOf(written)).toEqual([`${written} is not a resource type of R4. Did you mean ${meant}?`]);
  });

  it('that is like none is answered with the list', () => {
    expect(textOf('Nonsense')).toEqual([
      'Nonsense is not a resource type of R4. Send one of https://hl7.org/fhir/R4/resourcelist.html.',
    ]);
  });
});
