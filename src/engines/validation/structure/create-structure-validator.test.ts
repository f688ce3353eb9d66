import type { AnyResource, Json } from '../../../fhir/types';
import { createStructureValidator } from './create-structure-validator';
import type { Toleration } from './create-structure-validator';

const validator = createStructureValidator();

/** The faults of a resource, as `rule expression`. */
function faultsOf(resource: unknown, tolerate: Toleration[] = []): string[] {
  return validator
    .validate(resource as AnyResource, undefined, { tolerate: new Set(tolerate) })
    .map(
      (issue) => `${issue.severity === 'error' ? '' : `${issue.severity} `}${issue.rule} ${issue.expression}`,
    );
}

const aPatient = (more: Record<string, unknown> = {}): unknown => ({
  resourceType: 'Patient',
  id: 'p',
  ...more,
});
const anObservation = (more: Record<string, unknown> = {}): unknown => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'a reading' },
  ...more,
});

describe('the structure validator', () => {
  it('accepts a resource that keeps R4', () => {
    expect(
      faultsOf(
        aPatient({
          active: true,
          name: [{ use: 'official', family: 'A', given: ['B', 'C'], _given: [null, { id: 'second' }] }],
          birthDate: '1950-02-28',
          _birthDate: {
            extension: [{ url: 'http://example.org/birth-time', valueDateTime: '1950-02-28T10:00:00Z' }],
          },
          deceasedBoolean: false,
          contact: [{ name: { text: 'D' } }],
        }),
      ),
    ).toEqual([]);
  });

  it('says what is wrong and what would be right, with place and source', () => {
    expect(validator.validate({ resourceType: 'Patient', gender: 'F' }, 'Bundle.entry[2].resource')).toEqual([
      {
        severity: 'error',
        code: 'code-invalid',
        rule: 'r4-binding',
        text: '"F" is not allowed. Use one of male, female, other, unknown.',
        expression: 'Bundle.entry[2].resource.gender',
        source: 'http://hl7.org/fhir/R4/terminologies.html#required',
      },
    ]);
  });

  it('never repeats a value that may identify the patient', () => {
    const secret = 'Zebedee 1971';
    const issues = validator.validate(
      aPatient({
        birthDate: secret,
        name: [{ family: 1 }, secret],
        address: [{ line: secret, use: secret }],
        [secret]: 1,
      }) as AnyResource,
    );
    expect(issues.length).toBeGreaterThan(4);
    expect(JSON.stringify(issues)).not.toContain('Zebedee');
  });

  it('reports every fault, in the order of the document', () => {
    expect(faultsOf(aPatient({ gender: 'x', birthDate: '2023-02-30', photo: {} }))).toEqual([
      'r4-binding Patient.gender',
      'r4-value Patient.birthDate',
      'r4-cardinality Patient.photo',
      'r4-cardinality Patient.photo',
    ]);
  });

  it.each<[string, unknown, string[]]>([
    ['an unknown element', aPatient({ shoeSize: 4 }), ['r4-unknown-element Patient.shoeSize']],
    [
      'a comment of an older FHIR',
      aPatient({ fhir_comments: ['x'] }),
      ['r4-unknown-element Patient.fhir_comments'],
    ],
    ['an unknown type', { resourceType: 'Robot' }, ['r4-type Robot.resourceType']],
    ['a missing element', { resourceType: 'Observation', status: 'final' }, ['r4-required Observation.code']],
    [
      'a misspelt element once, not as missing too',
      { resourceType: 'Observation', Status: 'final', code: { text: 'x' } },
      ['r4-unknown-element Observation.Status'],
    ],
    ['a choice without its type', anObservation({ value: 1 }), ['r4-unknown-element Observation.value']],
    [
      'a lone object where a list is needed',
      aPatient({ name: { family: 'A' } }),
      ['r4-cardinality Patient.name'],
    ],
    ['a list where one is allowed', aPatient({ birthDate: ['1950'] }), ['r4-cardinality Patient.birthDate']],
    ['an empty list', aPatient({ name: [] }), ['r4-cardinality Patient.name']],
    ['an empty object', aPatient({ name: [{}] }), ['r4-cardinality Patient.name[0]']],
    ['an empty text', aPatient({ name: [{ family: '' }] }), ['r4-cardinality Patient.name[0].family']],
    ['null', aPatient({ birthDate: null }), ['r4-value Patient.birthDate']],
    [
      'null in a list without its extension',
      aPatient({ name: [{ given: ['A', null] }] }),
      ['r4-value Patient.name[0].given[1]'],
    ],
    ['a quoted number', anObservation({ valueInteger: '12' }), ['r4-type Observation.value']],
    ['a number for a text', aPatient({ name: [{ family: 3 }] }), ['r4-type Patient.name[0].family']],
    [
      'two choices at once',
      anObservation({ valueInteger: 1, valueString: 'x' }),
      ['r4-choice Observation.value'],
    ],
    [
      'a type that the choice does not have',
      anObservation({ valueDecimal: 1 }),
      ['r4-unknown-element Observation.valueDecimal'],
    ],
    [
      'a dateTime without zone',
      anObservation({ effectiveDateTime: '2023-01-01T10:00:00' }),
      ['r4-value Observation.effective'],
    ],
    ['a control character', aPatient({ name: [{ family: 'A\u0001' }] }), ['r4-value Patient.name[0].family']],
    ['an id that is none', { resourceType: 'Patient', id: 'a_b' }, ['r4-value Patient.id']],
    [
      'a relative canonical',
      { resourceType: 'Patient', meta: { profile: ['Patient'] } },
      ['r4-value Patient.meta.profile[0]'],
    ],
    [
      'a profile that is no list',
      { resourceType: 'Patient', meta: { profile: 'http://a' } },
      ['r4-cardinality Patient.meta.profile'],
    ],
    [
      'a required concept by its text only',
      { resourceType: 'AllergyIntolerance', patient: { display: 'x' }, clinicalStatus: { text: 'active' } },
      ['r4-binding AllergyIntolerance.clinicalStatus'],
    ],
    [
      'a code in place of which stands an extension',
      aPatient({
        _gender: {
          extension: [
            { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
          ],
        },
      }),
      ['r4-binding Patient.gender'],
    ],
    [
      'an unknown code of the value set of an extensible binding, with a warning',
      aPatient({
        maritalStatus: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'Q' }],
        },
      }),
      ['warning r4-binding-extensible Patient.maritalStatus'],
    ],
    [
      'an invariant of a data type',
      anObservation({ effectivePeriod: { start: '2023-02-01', end: '2023-01-01' } }),
      ['r4-invariant Observation.effective'],
    ],
    [
      'an invariant of a resource',
      anObservation({ valueInteger: 1, dataAbsentReason: { text: 'x' } }),
      ['r4-invariant Observation'],
    ],
    [
      'an invariant that runs as FHIRPath',
      {
        resourceType: 'CapabilityStatement',
        status: 'draft',
        date: '2020',
        kind: 'instance',
        fhirVersion: '4.0.1',
        format: ['json'],
        rest: [{ mode: 'server' }],
      },
      ['r4-invariant CapabilityStatement', 'r4-invariant CapabilityStatement'],
    ],
    [
      'two elements of one id',
      aPatient({
        name: [
          { id: 'a', text: 'x' },
          { id: 'a', text: 'y' },
        ],
      }),
      ['r4-value Patient.name[1].id'],
    ],
    [
      'an extension without a url',
      aPatient({ extension: [{ valueString: 'x' }] }),
      ['r4-required Patient.extension[0].url'],
    ],
    [
      'an extension with a version in its url',
      aPatient({ extension: [{ url: 'http://a|1', valueString: 'x' }] }),
      ['r4-extension Patient.extension[0].url'],
    ],
    [
      'an extension with value and extensions',
      aPatient({
        extension: [{ url: 'http://a', valueString: 'x', extension: [{ url: 'b', valueString: 'y' }] }],
      }),
      ['r4-extension Patient.extension[0]'],
    ],
    [
      'an extension with neither',
      aPatient({ extension: [{ url: 'http://a' }] }),
      ['r4-extension Patient.extension[0]'],
    ],
    [
      'a modifierExtension where R4 has none',
      aPatient({ name: [{ text: 'x', modifierExtension: [{ url: 'http://a', valueString: 'x' }] }] }),
      ['r4-unknown-element Patient.name[0].modifierExtension'],
    ],
    [
      'a quantity with a comparator where none is allowed',
      anObservation({ referenceRange: [{ low: { value: 1, comparator: '<' } }] }),
      ['r4-invariant Observation.referenceRange[0].low.comparator'],
    ],
    [
      'a system that is not absolute',
      aPatient({ identifier: [{ system: 'NHS', value: '1' }] }),
      ['r4-value Patient.identifier[0].system'],
    ],
  ])('refuses %s', (_name, resource, expected) => {
    expect(faultsOf(resource)).toEqual(expected);
  });

  it('asks whether a known element was meant', () => {
    const texts = validator.validate(
      aPatient({
        birthdate: '1950',
        names: [],
        deceased: true,
        gendr: 'male',
        'gender:': 'male',
      }) as AnyResource,
    );
    expect(texts.map((issue) => issue.text)).toEqual([
      '"birthdate" is not an element of Patient in R4. Did you mean birthDate?',
      '"names" is not an element of Patient in R4. Did you mean name?',
      '"deceased" is not an element of Patient in R4. Did you mean deceasedBoolean or deceasedDateTime?',
      '"gendr" is not an element of Patient in R4. Did you mean gender?',
      '"gender:" is not an element of Patient in R4. Did you mean gender?',
    ]);
  });

  it('leaves a telecom without a system to the guidance where asked to', () => {
    const patient = aPatient({ telecom: [{ value: '0' }] });
    expect(faultsOf(patient)).toEqual(['r4-invariant Patient.telecom[0]']);
    expect(faultsOf(patient, ['telecom-no-system'])).toEqual([]);
  });

  it('compares a period of mixed precision as FHIRPath does: undecided is not in order', () => {
    const encounter = (start: string, end: string): unknown => ({
      resourceType: 'Encounter',
      status: 'finished',
      class: { code: 'VR' },
      period: { start, end },
    });
    expect(faultsOf(encounter('2023-06-21', '2023-06-21T06:20:00Z'))).toEqual([
      'r4-invariant Encounter.period',
    ]);
    expect(faultsOf(encounter('2023-06-20', '2023-06-21T06:20:00Z'))).toEqual([]);
    expect(faultsOf(encounter('2023-06-21', '2023-06-21'))).toEqual([]);
  });

  it('reads numbers that are carried as text', () => {
    expect(faultsOf(anObservation({ valueQuantity: { value: '\u0000#36.50' } }))).toEqual([]);
    expect(faultsOf(anObservation({ valueInteger: '\u0000#1.0' }))).toEqual(['r4-value Observation.value']);
    expect(faultsOf(aPatient({ name: [{ family: '\u0000#36.50' }] }))).toEqual([
      'r4-type Patient.name[0].family',
    ]);
  });

  it('accepts base64 of many megabytes, with line breaks or without, and refuses what is none', () => {
    const data = Buffer.alloc(6_000_000, 1).toString('base64');
    const withData = (text: string): unknown => ({
      resourceType: 'Binary',
      contentType: 'application/pdf',
      data: text,
    });
    expect(faultsOf(withData(data))).toEqual([]);
    expect(faultsOf(withData(data.replace(/.{76}/g, '$&\r\n')))).toEqual([]);
    expect(faultsOf(withData(`${data.slice(0, -4)}AA*A`))).toEqual(['r4-value Binary.data']);
    expect(faultsOf(withData('AAA'))).toEqual(['r4-value Binary.data']);
  });

  it('bounds the depth of nesting', () => {
    let item: Json = { linkId: '1', type: 'group' };
    for (let level = 0; level < 5000; level += 1)
      item = { linkId: String(level), type: 'group', item: [item] };
    const faults = faultsOf({ resourceType: 'Questionnaire', status: 'draft', item: [item] });
    expect(faults.filter((fault) => fault.startsWith('r4-depth'))).toHaveLength(1);
  });

  it('counts lists and objects, as if the resource were an entry of a Bundle', () => {
    const chain = (levels: number): Json =>
      levels === 0
        ? { url: 'https://a.example/x', valueBoolean: true }
        : { url: 'https://a.example/x', extension: [chain(levels - 1)] };
    const withChain = (levels: number) => ({ resourceType: 'Patient', extension: [chain(levels)] });
    const tooDeep = (resource: Parameters<typeof faultsOf>[0]) =>
      faultsOf(resource).filter((fault) => fault.startsWith('r4-depth'));
    expect(tooDeep(withChain(27))).toEqual([]);
    expect(tooDeep(withChain(28))).toEqual([`r4-depth Patient${'.extension[0]'.repeat(29)}`]);
    const bundle = (levels: number) => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ resource: withChain(levels) }],
    });
    expect(tooDeep(bundle(27))).toEqual([]);
    expect(tooDeep(bundle(28))).toHaveLength(1);
  });
});
