import type { AnyResource } from '../../../fhir/types';
import { createProfileValidator } from './create-profile-validator';

const PATIENT = 'http://example.org/StructureDefinition/patient';
const EXTENSION = 'http://example.org/StructureDefinition/verified';

const resources = [
  {
    resourceType: 'StructureDefinition',
    url: PATIENT,
    name: 'OurPatient',
    type: 'Patient',
    derivation: 'constraint',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    differential: {
      element: [
        {
          id: 'Patient',
          constraint: [
            {
              key: 'our-1',
              severity: 'error',
              human: 'a name or an identifier',
              expression: 'name.exists() or identifier.exists()',
            },
          ],
        },
        {
          id: 'Patient.identifier',
          slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' },
        },
        { id: 'Patient.identifier:number', sliceName: 'number', min: 1, max: '1' },
        { id: 'Patient.identifier:number.system', min: 1, fixedUri: 'http://example.org/number' },
        { id: 'Patient.identifier:number.value', min: 1 },
        {
          id: 'Patient.identifier:number.extension:verified',
          sliceName: 'verified',
          min: 1,
          max: '1',
          type: [{ code: 'Extension', profile: [EXTENSION] }],
        },
        { id: 'Patient.gender', min: 1 },
        { id: 'Patient.photo', max: '0' },
        { id: 'Patient.deceased[x]', type: [{ code: 'boolean' }] },
        {
          id: 'Patient.maritalStatus',
          binding: { strength: 'required', valueSet: 'http://example.org/ValueSet/two|1.0' },
        },
        {
          id: 'Patient.managingOrganization',
          type: [
            { code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Organization'] },
          ],
        },
      ],
    },
  },
  {
    resourceType: 'StructureDefinition',
    url: EXTENSION,
    name: 'Verified',
    type: 'Extension',
    derivation: 'constraint',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
    differential: {
      element: [
        { id: 'Extension.url', fixedUri: EXTENSION },
        { id: 'Extension.value[x]', min: 1, type: [{ code: 'boolean' }] },
      ],
    },
  },
  {
    resourceType: 'ValueSet',
    url: 'http://example.org/ValueSet/two',
    compose: { include: [{ system: 'http://example.org/s', concept: [{ code: 'a' }, { code: 'b' }] }] },
  },
] as unknown as AnyResource[];

const validator = createProfileValidator(resources);
const verified = { url: EXTENSION, valueBoolean: true };
const number = { system: 'http://example.org/number', value: '1', extension: [verified] };
const patient = (more: Record<string, unknown> = {}): AnyResource =>
  ({
    resourceType: 'Patient',
    meta: { profile: [PATIENT] },
    identifier: [number, { system: 'http://other', value: '2' }],
    gender: 'male',
    ...more,
  }) as AnyResource;
const faultsOf = (resource: AnyResource): string[] =>
  validator.validate(resource).map((issue) => `${issue.rule} ${issue.expression}`);

describe('profiles of packages', () => {
  it('are applied to the resources that claim them, and to no others', () => {
    expect(faultsOf(patient())).toEqual([]);
    expect(faultsOf({ resourceType: 'Patient' })).toEqual([]);
    expect(validator.typeOf(`${PATIENT}|1.0`)).toBe('Patient');
    expect(validator.loaded).toEqual([PATIENT, EXTENSION]);
  });

  it('say what they ask for, where, and which profile asks', () => {
    const { gender: _gender, ...without } = patient();
    expect(validator.validate(without as AnyResource, 'Bundle.entry[1].resource')).toEqual([
      {
        severity: 'error',
        code: 'required',
        rule: 'profile-required',
        text: 'It is missing. The profile OurPatient requires this.',
        expression: 'Bundle.entry[1].resource.gender',
        source: PATIENT,
      },
    ]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['an element that is not allowed', { photo: [{ title: 'x' }] }, ['profile-cardinality Patient.photo']],
    ['a type that is not allowed', { deceasedDateTime: '2023' }, ['profile-type Patient.deceased']],
    [
      'a code that is not bound',
      { maritalStatus: { coding: [{ system: 'http://example.org/s', code: 'c' }] } },
      ['profile-binding Patient.maritalStatus'],
    ],
    [
      'a missing slice',
      { identifier: [{ system: 'http://other', value: '2' }] },
      ['profile-slice Patient.identifier'],
    ],
    ['a slice too often', { identifier: [number, number] }, ['profile-slice Patient.identifier']],
    [
      'an incomplete slice',
      { identifier: [{ system: number.system, extension: [verified] }] },
      ['profile-required Patient.identifier[0].value'],
    ],
    [
      'a slice without its extension',
      { identifier: [{ system: number.system, value: '1' }] },
      ['profile-slice Patient.identifier[0].extension'],
    ],
    [
      'an extension of the wrong type',
      { extension: [{ url: EXTENSION, valueString: 'x' }] },
      ['profile-type Patient.extension[0].value'],
    ],
    [
      'a constraint that does not hold',
      { identifier: undefined },
      ['profile-invariant Patient', 'profile-slice Patient.identifier'],
    ],
  ])('report %s', (_name, more, expected) => {
    const resource = JSON.parse(JSON.stringify(patient(more))) as AnyResource;
    expect(faultsOf(resource).sort()).toEqual(expected);
  });

  it('find resources that claim them inside a Bundle, and contained ones', () => {
    const inner = { ...patient(), photo: [{ title: 'x' }] };
    expect(faultsOf({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: inner }] })).toEqual([
      'profile-cardinality Bundle.entry[0].resource.photo',
    ]);
    expect(faultsOf({ resourceType: 'Observation', contained: [inner] } as AnyResource)).toEqual([
      'profile-cardinality Observation.contained[0].photo',
    ]);
  });
});

describe('profiles of R4 itself', () => {
  const bp = (more: Record<string, unknown> = {}): AnyResource =>
    ({
      resourceType: 'Observation',
      status: 'final',
      category: [
        {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
          ],
        },
      ],
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
      subject: { reference: 'Patient/1' },
      effectiveDateTime: '2023-01-01',
      valueQuantity: { value: 70, unit: 'beats/minute', system: 'http://unitsofmeasure.org', code: '/min' },
      ...more,
    }) as AnyResource;
  const claiming = { meta: { profile: ['http://hl7.org/fhir/StructureDefinition/heartrate'] } };

  it('are applied where they are claimed', () => {
    expect(faultsOf(bp(claiming))).toEqual([]);
    expect(
      faultsOf(
        bp({
          ...claiming,
          valueQuantity: { value: 70, unit: 'bpm', system: 'http://unitsofmeasure.org', code: 'bpm' },
        }),
      ),
    ).toEqual(['profile-fixed Observation.value.code']);
    expect(faultsOf(bp({ ...claiming, effectiveDateTime: '2023' }))).toEqual([
      'profile-invariant Observation.effective',
    ]);
  });

  it('are applied by LOINC code where that is asked for', () => {
    const without = JSON.parse(JSON.stringify(bp({ category: undefined }))) as AnyResource;
    expect(faultsOf(without)).toEqual([]);
    expect(
      validator
        .validate(without, undefined, { vitalSignsByCode: 'warning' })
        .map((issue) => `${issue.severity} ${issue.rule} ${issue.expression}`),
    ).toEqual([
      'warning profile-required Observation.category',
      'warning profile-slice Observation.category',
    ]);
  });

  it('limit the value to the type that they speak of', () => {
    const { valueQuantity: _quantity, ...rest } = bp(claiming);
    const asText = { ...rest, valueString: '70' } as AnyResource;
    expect(faultsOf(asText)).toEqual(['profile-type Observation.value']);
  });

  it.each([
    ['bodytemp', '8310-5', 'K', 'Cel'],
    ['bodyweight', '29463-7', 'mg', 'kg'],
    ['bodyheight', '8302-2', 'kg', 'cm'],
  ])('of %s (%s) take no unit %s, but %s', (name, code, wrong, right) => {
    const inUnit = (unit: string): AnyResource =>
      bp({
        meta: { profile: [`http://hl7.org/fhir/StructureDefinition/${name}`] },
        code: { coding: [{ system: 'http://loinc.org', code }] },
        valueQuantity: { value: 37, unit, system: 'http://unitsofmeasure.org', code: unit },
      });
    expect(faultsOf(inUnit(wrong))).toEqual(['profile-binding Observation.value.code']);
    expect(faultsOf(inUnit(right))).toEqual([]);
  });
});

describe('a claimed profile of another type', () => {
  const claims = (resourceType: string, url: string): AnyResource =>
    ({ resourceType, meta: { profile: [url] } }) as AnyResource;
  const R4 = 'http://hl7.org/fhir/StructureDefinition/';
  const UK_CORE = 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-';

  it.each([
    ['Patient', `${R4}vitalsigns`],
    ['Observation', `${R4}Patient`],
    ['Encounter', `${PATIENT}|1.0`],
    ['Patient', `${UK_CORE}Encounter`],
    ['Patient', `${UK_CORE}Observation-VitalSigns`],
  ])('is an error: a %s that claims %s', (type, url) => {
    expect(faultsOf(claims(type, url))).toEqual([`profile-type ${type}.meta.profile`]);
  });

  it.each([
    ['Patient', `${UK_CORE}Patient`],
    ['Patient', `${R4}Resource`],
    ['Patient', 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Something'],
  ])('is not what a %s that claims %s has', (type, url) => {
    expect(faultsOf(claims(type, url))).toEqual([]);
  });

  it('is a warning of UK Core where that is asked for, as of a submission', () => {
    const options = { ukCoreOfAnotherType: 'warning' } as const;
    const [issue] = validator.validate(claims('Patient', `${UK_CORE}Encounter`), undefined, options);
    expect(issue).toEqual({
      severity: 'warning',
      code: 'structure',
      rule: 'profile-type',
      text: 'The resource claims a profile for Encounter, which is a different type. In meta.profile, send a profile for the resource’s own type, or leave it out.',
      expression: 'Patient.meta.profile',
      source: 'http://hl7.org/fhir/R4/resource.html#Meta',
    });
  });
});

describe('an extension that its own definition allows once', () => {
  const ONCE = 'http://example.org/StructureDefinition/once';
  const OWNER = 'http://example.org/StructureDefinition/owner';
  const once = createProfileValidator([
    {
      resourceType: 'StructureDefinition',
      url: ONCE,
      name: 'Once',
      type: 'Extension',
      derivation: 'constraint',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
      differential: {
        element: [
          { id: 'Extension', max: '1' },
          { id: 'Extension.url', fixedUri: ONCE },
        ],
      },
    },
    {
      resourceType: 'StructureDefinition',
      url: OWNER,
      name: 'Owner',
      type: 'Patient',
      derivation: 'constraint',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
      differential: {
        element: [
          {
            id: 'Patient.extension',
            slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' },
          },
          {
            id: 'Patient.extension:once',
            sliceName: 'once',
            type: [{ code: 'Extension', profile: [ONCE] }],
          },
        ],
      },
    },
  ] as unknown as AnyResource[]);
  const patientWith = (count: number): AnyResource =>
    ({
      resourceType: 'Patient',
      meta: { profile: [OWNER] },
      extension: Array.from({ length: count }, () => ({ url: ONCE, valueBoolean: true })),
    }) as unknown as AnyResource;

  it('is not there twice under a profile that names it', () => {
    const faults = (count: number): string[] => once.validate(patientWith(count)).map(({ rule }) => rule);
    expect([faults(1), faults(2)]).toEqual([[], ['profile-slice']]);
  });
});
