import fc from 'fast-check';
import { sortedNames } from './sorted-names';

describe('sortedNames', () => {
  it('has the names in the order of sort, however many they are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.constant(1), { maxKeys: 40 }), (value) => {
        expect(sortedNames(value)).toEqual(Object.keys(value).sort());
      }),
    );
  });
});
