import { fhirPathOf } from './fhir-path';

const observation = {
  resourceType: 'Observation',
  valueQuantity: { value: 1 },
  component: [{}, { valueCodeableConcept: { coding: [{}] } }],
  contained: [{ resourceType: 'Patient', deceasedBoolean: true }],
  extension: [{ url: 'https://a', valueString: 'b' }],
};

describe('a place as FHIRPath names it', () => {
  it.each([
    ['Observation.valueQuantity.value', 'Observation.value.value'],
    ['Observation.effectiveDateTime', 'Observation.effective'],
    [
      'Observation.component[1].valueCodeableConcept.coding[0].code',
      'Observation.component[1].value.coding[0].code',
    ],
    ['Observation.contained[0].deceasedBoolean', 'Observation.contained[0].deceased'],
    ['Observation.extension[0].valueString', 'Observation.extension[0].value'],
    ['Observation.status', 'Observation.status'],
    ['Observation._status.extension[0].valueString', 'Observation.status.extension[0].value'],
    ['Observation._valueString.extension[0].url', 'Observation.value.extension[0].url'],
    ['Observation.unknown.valueString', 'Observation.unknown.valueString'],
  ])('%s is %s', (json, path) => {
    expect(fhirPathOf(observation, json)).toBe(path);
  });

  it('ends above a name that no element could have', () => {
    expect(fhirPathOf(observation, 'Observation.Mrs O’Brien.value')).toBe('Observation');
    expect(fhirPathOf(observation, 'Observation.component[1].status: .value')).toBe(
      'Observation.component[1]',
    );
    expect(fhirPathOf(observation, 'Observation.component[1].value[x].start')).toBe(
      'Observation.component[1]',
    );
  });

  it('follows the entries of a Bundle', () => {
    const bundle = { resourceType: 'Bundle', entry: [{ resource: observation }] };
    expect(fhirPathOf(bundle, 'Bundle.entry[0].resource.valueQuantity')).toBe(
      'Bundle.entry[0].resource.value',
    );
  });
});
