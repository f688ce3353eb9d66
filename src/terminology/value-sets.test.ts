import type { AnyResource } from '../fhir/types';
import { createValueSets } from './value-sets';

const animals: AnyResource = {
  resourceType: 'CodeSystem',
  url: 'http://example.org/animals',
  content: 'complete',
  concept: [{ code: 'bird', concept: [{ code: 'owl' }, { code: 'wren' }] }, { code: 'fish' }],
};
const valueSet = (name: string, compose: Record<string, unknown>): AnyResource =>
  ({ resourceType: 'ValueSet', url: `http://example.org/${name}`, compose }) as AnyResource;
const system = 'http://example.org/animals';

const valueSets = createValueSets([
  animals,
  valueSet('all', { include: [{ system }] }),
  valueSet('birds', { include: [{ system, filter: [{ property: 'concept', op: 'is-a', value: 'bird' }] }] }),
  valueSet('small-birds', {
    include: [{ valueSet: ['http://example.org/birds'] }],
    exclude: [{ system, concept: [{ code: 'owl' }] }],
  }),
  valueSet('both', {
    include: [
      { system, concept: [{ code: 'owl' }, { code: 'fish' }], valueSet: ['http://example.org/birds'] },
    ],
  }),
  valueSet('snomed', {
    include: [
      { system: 'http://snomed.info/sct', filter: [{ property: 'concept', op: 'is-a', value: '1' }] },
    ],
  }),
  valueSet('circle', { include: [{ valueSet: ['http://example.org/circle'] }] }),
]);
const codes = (name: string): string[] | undefined => {
  const found = valueSets.codesOf(`http://example.org/${name}`)?.get(system);
  return found && [...found].sort();
};

describe('value sets', () => {
  it('list the codes of a whole code system, of a hierarchy, of other value sets', () => {
    expect(codes('all')).toEqual(['bird', 'fish', 'owl', 'wren']);
    expect(codes('birds')).toEqual(['bird', 'owl', 'wren']);
    expect(codes('small-birds')).toEqual(['bird', 'wren']);
    expect(codes('both')).toEqual(['owl']);
  });

  it('have no list where a code system that is not loaded would be needed', () => {
    expect(codes('snomed')).toBeUndefined();
    expect(codes('circle')).toBeUndefined();
    expect(valueSets.codesOf('http://example.org/none')).toBeUndefined();
  });

  it('of R4 itself are there without any package, also with a version', () => {
    expect([
      ...(valueSets.codesOf('http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1')?.values() ?? []),
    ]).toEqual([new Set(['male', 'female', 'other', 'unknown'])]);
  });
});
