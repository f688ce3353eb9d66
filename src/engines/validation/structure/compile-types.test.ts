import type { AnyResource } from '../../../fhir/types';
import { createStructureValidator, type Toleration } from './create-structure-validator';

const validator = createStructureValidator();

/** The faults of a resource, as `rule expression`, and what is no error by its severity. */
function faultsOf(resource: unknown): string[] {
  return validator
    .validate(resource as AnyResource)
    .map(
      ({ severity, rule, expression }) =>
        `${severity === 'error' ? '' : `${severity} `}${rule} ${expression ?? ''}`,
    );
}

const anObservation = (more: Record<string, unknown>): unknown => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'a reading' },
  ...more,
});

describe('what stands beside a value', () => {
  it('is an id only where there is a value', () => {
    expect(faultsOf({ resourceType: 'Patient', gender: 'female', _gender: { id: 'g' } })).toEqual([]);
    expect(faultsOf({ resourceType: 'Patient', _implicitRules: { id: 'i' } })).toEqual([
      'r4-cardinality Patient.implicitRules',
    ]);
    expect(
      faultsOf({ resourceType: 'Patient', name: [{ given: ['A'], _given: [null, { id: 'g' }] }] }),
    ).toEqual(['r4-cardinality Patient.name[0].given[1]']);
  });

  it('is not longer than the list of values by nothing', () => {
    expect(
      faultsOf({ resourceType: 'Patient', name: [{ given: ['A'], _given: [{ id: 'g' }, null] }] }),
    ).toEqual(['r4-value Patient.name[0].given[1]']);
  });

  it('has no extensions beside the id of a resource', () => {
    const extension = [{ url: 'http://example.org/x', valueBoolean: true }];
    expect(faultsOf({ resourceType: 'Patient', id: 'p', _id: { extension } })).toEqual([
      'r4-extension Patient.id.extension',
    ]);
  });

  it('may be the code of a later version of FHIR, with a warning', () => {
    const url = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.status';
    const extension = [{ url, valueCode: 'appended' }];
    const later = { resourceType: 'Observation', _status: { extension }, code: { text: 'a reading' } };
    expect(faultsOf(later)).toEqual(['warning r4-binding Observation.status']);
  });
});

describe('a code that is missing', () => {
  it('is told of once', () => {
    expect(faultsOf({ resourceType: 'Patient', _gender: { id: 'g' } })).toEqual([
      'r4-binding Patient.gender',
    ]);
  });
});

describe('an element with nothing in it', () => {
  it('is told of once, whatever its invariants ask', () => {
    expect(faultsOf({ resourceType: 'Patient', contact: [{}] })).toEqual([
      'r4-cardinality Patient.contact[0]',
    ]);
  });
});

describe('a Coding of a code system that R4 publishes', () => {
  const withUnit = (system: string, code: string): unknown =>
    anObservation({ valueCodeableConcept: { coding: [{ system, code }] } });

  it('has one of its codes', () => {
    expect(faultsOf(withUnit('http://hl7.org/fhir/administrative-gender', 'female'))).toEqual([]);
    expect(faultsOf(withUnit('http://hl7.org/fhir/administrative-gender', 'f'))).toEqual([
      'r4-binding Observation.value.coding[0].code',
    ]);
  });

  it('is left alone where the code system goes on growing', () => {
    expect(faultsOf(withUnit('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'new'))).toEqual([]);
  });
});

describe('a Coding of SNOMED CT', () => {
  const withFinding = (code: string): unknown =>
    anObservation({ valueCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code }] } });

  it.each(['248234008', '1104051000000101', '248234008 |alert| + 271782001'])('may be %s', (code) => {
    expect(faultsOf(withFinding(code))).toEqual([]);
  });

  it.each(['248234009', 'alert', '248234'])('is not %s, which is the id of no concept', (code) => {
    expect(faultsOf(withFinding(code))).toEqual(['r4-snomed Observation.value.coding[0].code']);
  });
});

describe('a quantity', () => {
  const withCode = (code: string): unknown =>
    anObservation({ valueQuantity: { value: 80, unit: 'units', system: 'http://unitsofmeasure.org', code } });

  it('whose system is UCUM has a unit of UCUM', () => {
    expect(faultsOf(withCode('mm[Hg]'))).toEqual([]);
    expect(faultsOf(withCode('mmHg'))).toEqual(['r4-unit Observation.value.code']);
  });

  it('is told of with a warning where senders are', () => {
    const issues = validator.validate(withCode('mmHg') as AnyResource, undefined, {
      tolerate: new Set(['not-ucum'] as const),
    });
    expect(issues.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(['warning r4-unit']);
  });
});

describe('an attachment', () => {
  const data = Buffer.from('a letter').toString('base64');
  const withPhoto = (more: Record<string, unknown>): unknown => ({
    resourceType: 'Patient',
    photo: [{ contentType: 'text/plain', data, ...more }],
  });

  it('has the size and the hash of its data', () => {
    expect(faultsOf(withPhoto({ size: 8, hash: '6Rv2NjNadTFK+nE7UDFPAdELmcw=' }))).toEqual([]);
    expect(faultsOf(withPhoto({ size: 9 }))).toEqual(['r4-attachment Patient.photo[0].size']);
    expect(faultsOf(withPhoto({ hash: Buffer.alloc(20).toString('base64') }))).toEqual([
      'r4-attachment Patient.photo[0].hash',
    ]);
  });
});

describe('a remark', () => {
  const told = (resource: unknown): string[] =>
    validator
      .validate(resource as AnyResource, undefined, { tolerate: new Set(['attachment-size'] as const) })
      .map(({ severity, rule }) => `${severity} ${rule}`);

  it('keeps no error from being told of the same element', () => {
    const data = Buffer.from('a letter').toString('base64');
    expect(told({ resourceType: 'Patient', photo: [{ data, size: 9 }] })).toEqual([
      'warning r4-attachment',
      'error r4-invariant',
    ]);
  });

  it('keeps no error from being told, however many there are', () => {
    const given = Array.from({ length: 21_000 }, () => ' ');
    const issues = told({ resourceType: 'Patient', name: [{ given }], gender: 'x' });
    expect([issues[0], issues.length, issues.at(-1)]).toEqual([
      'warning r4-value',
      20_001,
      'error r4-binding',
    ]);
  });
});

describe('a contained picture', () => {
  it('is referred to by the narrative that shows it', () => {
    const div = '<div xmlns="http://www.w3.org/1999/xhtml"><img src="#scan" alt="A scan"/></div>';
    expect(
      faultsOf({
        resourceType: 'Patient',
        text: { status: 'additional', div },
        contained: [{ resourceType: 'Binary', id: 'scan', contentType: 'image/png' }],
      }),
    ).toEqual([]);
  });
});

describe('a reference that names no type', () => {
  const list = {
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    entry: [{ item: { reference: 'ward/12' } }],
  };

  it('is odd in a resource by itself', () => {
    expect(faultsOf(list)).toEqual(['warning r4-reference List.entry[0].item.reference']);
  });

  it('is a fault in a Bundle', () => {
    const fullUrl = 'urn:uuid:3f0e8a4e-6b0a-4a53-9d5e-0a6f6c6f0001';
    expect(
      faultsOf({ resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl, resource: list }] }),
    ).toEqual(['r4-reference Bundle.entry[0].resource.entry[0].item.reference']);
  });
});

describe('a canonical address of HL7', () => {
  it('names a type that the element allows', () => {
    const answers = (questionnaire: string): unknown => ({
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      questionnaire,
    });
    expect(faultsOf(answers('http://hl7.org/fhir/Questionnaire/gcs'))).toEqual([]);
    expect(faultsOf(answers('http://hl7.org/fhir/ValueSet/gcs'))).toEqual([
      'r4-reference QuestionnaireResponse.questionnaire',
    ]);
  });
});

describe('a uuid', () => {
  const withUuid = (valueUuid: string): unknown => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'id', valueUuid }],
  });

  it('is written in lower case', () => {
    expect(faultsOf(withUuid('urn:uuid:3f0e8a4e-6b0a-4a53-9d5e-0a6f6c6f0001'))).toEqual([]);
    expect(faultsOf(withUuid('urn:uuid:3F0E8A4E-6B0A-4A53-9D5E-0A6F6C6F0001'))).toEqual([
      'r4-value Parameters.parameter[0].value',
    ]);
  });
});

describe('an element that is defined by reference to another', () => {
  it.each([
    [
      'Observation.component[0].referenceRange[0]',
      anObservation({
        component: [
          { code: { text: 'y' }, valueString: 'z', referenceRange: [{ type: { text: 'normal' } }] },
        ],
      }),
    ],
    [
      'Composition.section[0].section[0]',
      {
        resourceType: 'Composition',
        status: 'final',
        type: { text: 'x' },
        date: '2025-03-10',
        author: [{ display: 'A ward' }],
        title: 'x',
        section: [{ title: 'a', section: [{ title: 'b' }] }],
      },
    ],
    [
      'QuestionnaireResponse.item[0].item[0]',
      {
        resourceType: 'QuestionnaireResponse',
        status: 'completed',
        item: [
          {
            linkId: '1',
            item: [{ linkId: '2', answer: [{ valueBoolean: true }], item: [{ linkId: '3' }] }],
          },
        ],
      },
    ],
    [
      'Parameters.parameter[0].part[0]',
      { resourceType: 'Parameters', parameter: [{ name: 'a', part: [{ name: 'b' }] }] },
    ],
  ])('is held to the invariants of that element: %s', (place, resource) => {
    expect(faultsOf(resource)).toEqual([`r4-invariant ${place}`]);
  });
});

describe('a Period of one day', () => {
  const inEncounter = (period: unknown, tolerate: readonly Toleration[]): string[] =>
    validator
      .validate(
        {
          resourceType: 'Encounter',
          status: 'finished',
          class: { code: 'HH', system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode' },
          period,
        } as unknown as AnyResource,
        undefined,
        { tolerate: new Set(tolerate) },
      )
      .map(({ severity, rule, expression }) => `${severity} ${rule} ${expression ?? ''}`);

  it.each([
    [{ start: '2025-03-10T09:00:00+00:00', end: '2025-03-10' }],
    [{ start: '2025-03-10', end: '2025-03-10T09:00:00+00:00' }],
  ])('that gives its start and end to another precision is a warning in a submission: %j', (period) => {
    expect(inEncounter(period, ['period-precision'])).toEqual(['warning r4-invariant Encounter.period']);
    expect(inEncounter(period, [])).toEqual(['error r4-invariant Encounter.period']);
  });

  it('is an error where it ends before it starts, whatever the precision', () => {
    const period = { start: '2025-03-10T09:00:00+00:00', end: '2025-03-09' };
    expect(inEncounter(period, ['period-precision'])).toEqual(['error r4-invariant Encounter.period']);
  });
});
