import { isKnownCode } from './known-codes';

describe('a code in the answer of another system', () => {
  it.each(['vw-enc-06', 'json-syntax', 'invalid', 'not-found', 'throttled'])('is shown: %s', (code) => {
    expect(isKnownCode(code)).toBe(true);
  });

  it.each(['NHS9990000018', 'OBrien', '', 'vw-enc-06 OBrien', '__proto__'])('is not: %j', (code) => {
    expect(isKnownCode(code)).toBe(false);
  });
});
