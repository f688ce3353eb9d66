import { numberOf } from '../../../fhir/decimal';
import { bundleTypeOf, lineageOf } from './bundle-facts';

describe('what a record tells of a Bundle that may not be valid', () => {
  it('is its identifier, and its type', () => {
    expect(lineageOf({ system: 'https://sender.example/summary', value: '7' })).toBe(
      'https://sender.example/summary|7',
    );
    expect(bundleTypeOf({ resourceType: 'Bundle', type: 'collection' })).toBe('collection');
  });

  it('is nothing where a number stands in their place, with or without decimals', () => {
    for (const number of [1, numberOf('1.0')]) {
      expect(lineageOf({ system: number, value: '7' })).toBeUndefined();
      expect(lineageOf({ system: 'https://sender.example/summary', value: number })).toBeUndefined();
      expect(bundleTypeOf({ resourceType: 'Bundle', type: number })).toBeUndefined();
    }
  });
});
