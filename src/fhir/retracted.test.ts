import { isRetracted } from './retracted';

const verified = (code: string): object => ({ coding: [{ code }] });

describe('what no longer says anything about its patient', () => {
  it.each([
    ['a reading that is cancelled', { status: 'cancelled' }],
    ['a medicine in error', { status: 'entered-in-error' }],
    ['a goal in error', { lifecycleStatus: 'entered-in-error' }],
    ['an allergy in error', { verificationStatus: verified('entered-in-error') }],
  ])('is %s', (_, resource) => {
    expect(isRetracted({ resourceType: 'Basic', ...(resource as object) })).toBe(true);
  });

  it.each([
    ['a reading', { status: 'final' }],
    ['an allergy that is refuted', { verificationStatus: verified('refuted') }],
    ['a plan with an activity in error', { activity: [{ detail: { status: 'entered-in-error' } }] }],
    ['what has no status', {}],
  ])('is not %s', (_, resource) => {
    expect(isRetracted({ resourceType: 'Basic', ...(resource as object) })).toBe(false);
  });
});
