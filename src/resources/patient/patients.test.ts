import type { AnyResource, JsonObject } from '../../fhir/types';
import { createPatients } from './patients';
import { table } from './table';

const system = 'https://fhir.nhs.uk/Id/nhs-number';
const patients = createPatients((nhsNumber) => `id of ${nhsNumber}`);
const person = (resourceType: string, value: string): AnyResource => ({
  resourceType,
  identifier: [{ system, value }],
});
const bundleOf = (...resources: JsonObject[]): AnyResource => ({
  resourceType: 'Bundle',
  entry: resources.map((resource) => ({ resource })),
});

describe('what the engines know of patients', () => {
  it('names columns that the table has', () => {
    const names = table.columns.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([patients.table.nhsNumber, patients.table.birthDate]));
  });

  it('is the id that follows from the NHS number', () => {
    expect(patients.idOfResource(person('Patient', '9990000018'))).toBe('id of 9990000018');
    expect(patients.idOfResource({ resourceType: 'Patient' })).toBeUndefined();
  });

  it('is the NHS number of the Patient in a Bundle, and of no other person', () => {
    const bundle = bundleOf(
      person('RelatedPerson', '9990000026'),
      person('Practitioner', '9990000034'),
      person('Patient', '9990000018'),
      person('Patient', '9990000018'),
    );
    expect(patients.nhsNumbersIn(bundle)).toEqual(['9990000018']);
  });

  it('is nothing where the Bundle is not one', () => {
    expect(patients.nhsNumbersIn(undefined)).toEqual([]);
    expect(patients.nhsNumbersIn({ resourceType: 'Bundle', entry: 'none' })).toEqual([]);
    expect(patients.nhsNumbersIn(bundleOf(person('Patient', '12')))).toEqual([]);
  });
});
