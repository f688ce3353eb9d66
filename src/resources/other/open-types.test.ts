import { openTypes } from './open-types';
import { searchedElements } from './searched-elements';

describe('the types that are open under the policy', () => {
  it('are types that there are', () => {
    expect([...openTypes.keys()].filter((type) => !Object.hasOwn(searchedElements, type))).toEqual([]);
  });

  it('are none that has an element for a patient', () => {
    expect([...openTypes.keys()].filter((type) => searchedElements[type]?.patient !== undefined)).toEqual([]);
  });

  it.each(
    'Group Schedule Slot VerificationResult Parameters PaymentNotice BiologicallyDerivedProduct DeviceMetric Linkage Subscription'.split(
      ' ',
    ),
  )('do not include %s, which may name a patient', (type) => expect(openTypes.has(type)).toBe(false));
});
