import { definitionOf } from '../../../app/definitions';
import { manyOfOne } from './many-of-one';
import type { MatchedEntry } from './match-input';

const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const entries = (type: string, count: number, code: (n: number) => string): MatchedEntry[] =>
  Array.from({ length: count }, (_each, index) => ({
    request: { index, resource: { resourceType: type, identifier: [{ system: ODS, value: code(index) }] } },
    definition: definitionOf(type),
  })) as unknown as MatchedEntry[];

describe('a Bundle with the same organisation', () => {
  it('twenty times is taken', () => {
    expect(manyOfOne(entries('Organization', 20, () => 'RR8'))).toBeUndefined();
  });

  it('more often is refused, in capitals or small letters', () => {
    const fault = manyOfOne(entries('Organization', 22, (n) => (n % 2 === 0 ? 'RR8' : 'rr8')));
    expect(fault?.category).toBe('invalid');
    expect(fault?.issues.map(({ rule, expression }) => [rule, expression])).toEqual([
      ['submission-organisation-repeated', 'Bundle.entry[20].resource'],
    ]);
  });
});

it('a Bundle with many organisations is taken', () => {
  expect(manyOfOne(entries('Organization', 500, (n) => `RR${n}`))).toBeUndefined();
});

it('a Bundle with many stays of one number is taken', () => {
  expect(manyOfOne(entries('Encounter', 500, () => '1'))).toBeUndefined();
});
