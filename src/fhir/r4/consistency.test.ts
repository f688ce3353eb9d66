import type { AnyResource } from '../types';
import { inconsistenciesOf } from './consistency';

const placesOf = (resource: unknown): string[] =>
  inconsistenciesOf(resource as AnyResource).map(({ at }) => at);

describe('a questionnaire', () => {
  const enabledBy = (question: string): unknown => ({
    resourceType: 'Questionnaire',
    status: 'draft',
    item: [
      {
        linkId: 'breathing',
        type: 'group',
        enableWhen: [{ question, operator: 'exists', answerBoolean: true }],
        item: [{ linkId: 'rate', type: 'integer' }],
      },
      { linkId: 'is-at-home', type: 'boolean' },
    ],
  });

  it('may enable an item by a question that comes after it', () => {
    expect(placesOf(enabledBy('is-at-home'))).toEqual([]);
  });

  it.each(['breathing', 'rate', 'nowhere'])(
    'does not enable an item by itself or its parts: %s',
    (linkId) => {
      expect(placesOf(enabledBy(linkId))).toEqual(['item[0].enableWhen[0].question']);
    },
  );
});

describe('a code system', () => {
  const aSystem = (more: Record<string, unknown>): unknown => ({
    resourceType: 'CodeSystem',
    status: 'draft',
    content: 'complete',
    ...more,
  });

  it('that supplements another says so in its content', () => {
    expect(placesOf(aSystem({ supplements: 'http://loinc.org' }))).toEqual(['content']);
    expect(placesOf(aSystem({ supplements: 'http://loinc.org', content: 'supplement' }))).toEqual([]);
  });

  it('without content has no concepts, and a complete one counts them all', () => {
    const concept = [{ code: 'ward', concept: [{ code: 'bay' }] }];
    expect(placesOf(aSystem({ content: 'not-present', concept }))).toEqual(['content']);
    expect(placesOf(aSystem({ count: 1, concept }))).toEqual(['count']);
    expect(placesOf(aSystem({ count: 2, concept }))).toEqual([]);
  });

  it('declares each property once, and its concepts have those of the declared type', () => {
    const property = [
      { code: 'beds', type: 'integer' },
      { code: 'beds', type: 'integer' },
    ];
    const concept = [
      {
        code: 'ward',
        property: [
          { code: 'beds', valueInteger: 20 },
          { code: 'beds', valueString: '20' },
          { code: 'floor', valueInteger: 2 },
          { code: 'status', valueCode: 'active' },
        ],
      },
    ];
    expect(placesOf(aSystem({ property, concept }))).toEqual([
      'property[1].code',
      'concept[0].property[1].value',
      'concept[0].property[2].code',
    ]);
  });
});

describe('a value set', () => {
  it('names systems by absolute URIs, and asks of what is true or false', () => {
    const filter = [{ property: 'inactive', op: '=', value: 'no' }];
    expect(
      placesOf({
        resourceType: 'ValueSet',
        status: 'draft',
        compose: { include: [{ system: '#wards' }, { system: 'urn:oid:1.2.3', filter }] },
      }),
    ).toEqual(['compose.include[0].system', 'compose.include[1].filter[0].value']);
  });
});

describe('a search parameter', () => {
  const aParameter = (more: Record<string, unknown>): unknown => ({
    resourceType: 'SearchParameter',
    base: ['Patient', 'Person'],
    ...more,
  });

  it('that is composite has two components or more', () => {
    const component = [{ definition: 'http://example.org/a', expression: 'a' }];
    expect(placesOf(aParameter({ type: 'composite', component }))).toEqual(['component']);
    expect(placesOf(aParameter({ type: 'composite', component: [...component, ...component] }))).toEqual([]);
  });

  it('looks into its bases only', () => {
    const expression = 'Patient.name | Person.name';
    expect(placesOf(aParameter({ expression }))).toEqual([]);
    expect(placesOf(aParameter({ expression: `${expression} | (Practitioner.name)` }))).toEqual([
      'expression',
    ]);
    expect(placesOf(aParameter({ base: ['Resource'], expression: 'Practitioner.name' }))).toEqual([]);
  });
});

describe('a profile', () => {
  const withPath = (path: string): unknown => ({
    resourceType: 'StructureDefinition',
    kind: 'resource',
    type: 'Patient',
    derivation: 'constraint',
    differential: { element: [{ id: path, path }] },
  });

  it.each([
    'Patient',
    'Patient.name.family',
    'Patient.deceased[x]',
    'Patient.deceasedBoolean',
    'Patient.contact.telecom.system',
    'Patient.birthDate.extension.url',
    'Patient.contained.anything',
  ])('may speak of %s', (path) => {
    expect(placesOf(withPath(path))).toEqual([]);
  });

  it('gives an element profiles of its own type, or of a kind of it', () => {
    const withProfile = (profile: string, code = 'Quantity'): unknown => ({
      resourceType: 'StructureDefinition',
      kind: 'resource',
      type: 'Observation',
      derivation: 'constraint',
      differential: {
        element: [{ path: 'Observation.valueQuantity', type: [{ code, profile: [profile] }] }],
      },
    });
    const hl7 = 'http://hl7.org/fhir/StructureDefinition/';
    expect(placesOf(withProfile(`${hl7}SimpleQuantity`))).toEqual([]);
    expect(placesOf(withProfile(`${hl7}Patient`, 'Resource'))).toEqual([]);
    expect(placesOf(withProfile(`${hl7}Period`))).toEqual(['differential.element[0].type[0].profile[0]']);
  });

  it.each(['Patient.nickname', 'Patient.name..family', 'Patient.deceasedString', 'Person.name'])(
    'does not speak of %s, which R4 does not have',
    (path) => {
      expect(placesOf(withPath(path))).toEqual(['differential.element[0].path']);
    },
  );
});
