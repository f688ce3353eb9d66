import type { EntryView } from '../../definitions/rule';
import { indexReferences, keysBeyondTheSender } from './resolve-reference';

const PATIENT = 'dd9724d1-7b61-44e2-9023-b72e6b966018';
const NHS = 'https://fhir.nhs.uk/Id/nhs-number';

const entries: EntryView[] = [
  {
    index: 0,
    fullUrl: `urn:uuid:${PATIENT}`,
    resource: { resourceType: 'Patient', id: PATIENT, identifier: [{ system: NHS, value: '9990000018' }] },
  },
  {
    index: 1,
    fullUrl: 'https://a.nhs.uk/fhir/Organization/o1',
    resource: { resourceType: 'Organization', id: 'o1' },
  },
  {
    index: 2,
    fullUrl: 'https://a.nhs.uk/fhir/Encounter/e1',
    resource: { resourceType: 'Encounter', id: 'e1' },
  },
  {
    index: 3,
    fullUrl: 'urn:uuid:3b1670c3-cad9-4202-9445-872030cec058',
    resource: {
      resourceType: 'Observation',
      id: 'x1',
      contained: [{ resourceType: 'Device', id: 'd1' }],
    },
  },
  { index: 4, fullUrl: 'urn:uuid:cuckoo-1', resource: { resourceType: 'Device', id: 'x1' } },
];
const [patient, organization, encounter, observation, device] = entries as [
  EntryView,
  EntryView,
  EntryView,
  EntryView,
  EntryView,
];
const keysOf = keysBeyondTheSender([
  {
    type: 'Patient',
    elements: [],
    rules: [],
    repairs: [],
    identity: {
      keys: ({ identifier }) =>
        (identifier as { system: string; value: string }[]).map(({ system, value }) => `${system}|${value}`),
      within: [],
      uniqueInBundle: false,
    },
  },
]);
const resolve = indexReferences(entries, keysOf);
const at = (reference: string, from = encounter, types?: string[]) => resolve({ reference }, from, types);

describe('resolving a reference inside the Bundle', () => {
  it('step 1: finds the entry whose fullUrl it is, UUIDs in any case', () => {
    expect(at(`urn:uuid:${PATIENT.toUpperCase()}`)).toEqual({
      outcome: 'resolved',
      entry: patient,
      step: 1,
      clean: true,
    });
  });

  it('step 1: takes what follows urn:uuid: as it stands where it is no UUID', () => {
    expect(at('urn:uuid:cuckoo-1')).toEqual({ outcome: 'resolved', entry: device, step: 1, clean: true });
  });

  it('step 2: finds a contained resource, of the same resource only', () => {
    expect(at('#d1', observation)).toEqual({
      outcome: 'contained',
      resource: { resourceType: 'Device', id: 'd1' },
    });
    expect(at('#d1', encounter)).toEqual({ outcome: 'unresolved' });
  });

  it('step 3: reads Type/id against the base of the entry that refers', () => {
    expect(at('Organization/o1', encounter)).toEqual({
      outcome: 'resolved',
      entry: organization,
      step: 3,
      clean: true,
    });
    expect(at('Organization/o1/_history/2', encounter)).toMatchObject({ step: 3, clean: true });
  });

  it('step 3: else matches type and id, which is not clean', () => {
    expect(at(`Patient/${PATIENT}`, encounter)).toEqual({
      outcome: 'resolved',
      entry: patient,
      step: 3,
      clean: false,
    });
    expect(at('Organization/o1', observation)).toMatchObject({ outcome: 'resolved', step: 3, clean: false });
  });

  it('step 4: matches the last part of an address to an id', () => {
    expect(at(`https://elsewhere.nhs.uk/Patient/${PATIENT}`)).toEqual({
      outcome: 'resolved',
      entry: patient,
      step: 4,
      clean: false,
    });
    expect(at('urn:uuid:e1')).toMatchObject({ outcome: 'resolved', entry: encounter, step: 4 });
  });

  it('step 5: matches a bare id among the types that are allowed', () => {
    expect(at('x1', encounter, ['Observation'])).toEqual({
      outcome: 'resolved',
      entry: observation,
      step: 5,
      clean: false,
    });
    expect(at('x1', encounter, ['Patient'])).toEqual({ outcome: 'unresolved' });
  });

  it('step 6: finds by the identifier where there is no reference', () => {
    const identifier = { system: NHS, value: '9990000018' };
    expect(resolve({ identifier }, encounter)).toEqual({
      outcome: 'resolved',
      entry: patient,
      step: 6,
      clean: false,
    });
    expect(resolve({ identifier, reference: 'Patient/none' }, encounter)).toEqual({ outcome: 'unresolved' });
  });

  it('step 7: leaves the rest unresolved', () => {
    expect(
      ['Patient/none', 'urn:uuid:none', 'https://elsewhere.nhs.uk/Patient/none', 'none', 'a/b', ''].map(
        (one) => at(one),
      ),
    ).toEqual(Array.from({ length: 6 }, () => ({ outcome: 'unresolved' })));
    expect(resolve({}, encounter)).toEqual({ outcome: 'unresolved' });
  });

  it('never chooses among several', () => {
    expect(at('x1')).toEqual({ outcome: 'ambiguous', candidates: 2 });
    const twice = indexReferences([patient, { ...patient, index: 9 }], () => []);
    expect(twice({ reference: `urn:uuid:${PATIENT}` }, patient)).toEqual({
      outcome: 'ambiguous',
      candidates: 2,
    });
  });

  it('finds by no identifier that means something to its sender alone', () => {
    const keys = keysBeyondTheSender([
      {
        type: 'Patient',
        elements: [],
        rules: [],
        repairs: [],
        identity: { keys: () => ['a|b'], within: ['patient', 'sender'], uniqueInBundle: true },
      },
    ]);
    expect(keys(patient.resource)).toEqual([]);
  });
});
