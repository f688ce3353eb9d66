import {
  VERIFICATION_ENGLAND,
  VERIFICATION_RETIRED,
  VERIFICATION_WALES,
  verificationStatus,
} from './nhs-number-verification';

describe('the verification status of an NHS number', () => {
  it('is verified by England code 01', () => {
    expect(verificationStatus(VERIFICATION_ENGLAND, '01')).toEqual({
      means: '01',
      display: 'Number present and verified',
      isVerified: true,
      isLegacy: false,
    });
  });

  it('is verified by the Welsh register', () => {
    expect(verificationStatus(VERIFICATION_WALES, 'nn')).toMatchObject({ isVerified: true, isLegacy: false });
  });

  it('is read from the retired words', () => {
    expect(verificationStatus(VERIFICATION_RETIRED, 'number-present-and-verified')).toMatchObject({
      means: '01',
      isVerified: true,
      isLegacy: true,
    });
    expect(verificationStatus(VERIFICATION_RETIRED, 'trace-needs-to-be-resolved')).toMatchObject({
      means: '05',
      isVerified: false,
      isLegacy: true,
    });
  });

  it('is read from the retired system with a new number, as PDS sends it', () => {
    expect(verificationStatus(VERIFICATION_RETIRED, '02')).toMatchObject({
      means: '02',
      isVerified: false,
      isLegacy: true,
    });
  });

  it('is unknown in any other shape', () => {
    expect([
      verificationStatus(VERIFICATION_ENGLAND, '09'),
      verificationStatus(VERIFICATION_ENGLAND, 'nn'),
      verificationStatus('https://example.org', '01'),
      verificationStatus(undefined, '01'),
      verificationStatus(VERIFICATION_RETIRED, 'verified'),
    ]).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});
