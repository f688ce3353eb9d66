import { otherResources } from '.';

const open = otherResources.filter(({ openUnderPolicy }) => openUnderPolicy !== undefined);

describe('the types that are open under the policy', () => {
  it('are none that has an element for a patient', () => {
    const ofPatients = open.filter(({ searchParameters }) =>
      searchParameters.some(({ code }) => code === 'patient'),
    );
    expect(ofPatients.map(({ type }) => type)).toEqual([]);
  });

  it.each(
    'Group Schedule Slot VerificationResult Parameters PaymentNotice BiologicallyDerivedProduct DeviceMetric Linkage Subscription'.split(
      ' ',
    ),
  )('do not include %s, which may name a patient', (type) =>
    expect(open.some((definition) => definition.type === type)).toBe(false),
  );
});
