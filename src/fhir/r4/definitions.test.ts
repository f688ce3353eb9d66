import { allTypes, codeSystem, isPrimitive, isResourceType, typeDefinition, valueSet } from './definitions';

describe('the definitions of R4', () => {
  it('knows the 146 resource types that may be sent', () => {
    expect([...allTypes()].filter((type) => isResourceType(type.name))).toHaveLength(146);
    expect(isResourceType('Patient')).toBe(true);
    expect(isResourceType('DomainResource')).toBe(false);
    expect(isResourceType('HumanName')).toBe(false);
  });

  it('lists the elements of a backbone in order, the inherited ones first', () => {
    expect(typeDefinition('Patient.contact')?.elements.map((element) => element.name)).toEqual([
      'id',
      'extension',
      'modifierExtension',
      'relationship',
      'name',
      'telecom',
      'address',
      'gender',
      'organization',
      'period',
    ]);
  });

  it('has no elements but those of R4, as copies of its definitions in libraries have', () => {
    const namesOf = (type: string): string[] => [...(typeDefinition(type)?.byName.keys() ?? [])];
    expect(namesOf('Meta')).toEqual([
      'id',
      'extension',
      'versionId',
      'lastUpdated',
      'source',
      'profile',
      'security',
      'tag',
    ]);
    expect(namesOf('Binary').slice(4)).toEqual(['contentType', 'securityContext', 'data']);
    expect(typeDefinition('AuditEvent.source')?.byName.get('observer')?.type?.targets).toHaveLength(6);
  });

  it('finds a choice element by its JSON name', () => {
    const found = typeDefinition('Observation')?.byName.get('valueQuantity');
    expect(found?.element.path).toBe('Observation.value[x]');
    expect(found?.type).toEqual({ code: 'Quantity' });
  });

  it('follows a content reference to the type that holds the children', () => {
    expect(typeDefinition('Questionnaire.item')?.byName.get('item')?.element.children).toBe(
      'Questionnaire.item',
    );
  });

  it('gives an element its cardinality, targets and binding', () => {
    const elements = typeDefinition('Encounter')?.byName;
    expect(elements?.get('status')?.element).toMatchObject({
      min: 1,
      max: 1,
      isModifier: true,
      binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/encounter-status' },
    });
    expect(elements?.get('subject')?.type?.targets).toEqual(['Patient', 'Group']);
    expect(elements?.get('identifier')?.element.max).toBe(Infinity);
  });

  it('hands the invariants of a base type down', () => {
    expect(typeDefinition('Patient')?.constraints.map((constraint) => constraint.key)).toEqual([
      'dom-2',
      'dom-3',
      'dom-4',
      'dom-5',
    ]);
  });

  it('lists the codes of a value set by code system', () => {
    expect(valueSet('http://hl7.org/fhir/ValueSet/administrative-gender')).toEqual(
      new Map([
        ['http://hl7.org/fhir/administrative-gender', new Set(['male', 'female', 'other', 'unknown'])],
      ]),
    );
    expect(codeSystem('http://hl7.org/fhir/administrative-gender')?.has('male')).toBe(true);
    expect(valueSet('http://hl7.org/fhir/ValueSet/mimetypes')).toBeUndefined();
  });

  it('tells primitives from other types', () => {
    expect([isPrimitive('xhtml'), isPrimitive('dateTime'), isPrimitive('Period')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
