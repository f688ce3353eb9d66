import { authorisation } from './authorisation';

const secrets = { mailbox: 'x26abc1', password: 'password', sharedKey: 'TestKey' };
const at = new Date('2026-11-28T21:33:59.999Z');

describe('the Authorization header of a MESH request', () => {
  it('has the mailbox in capitals, the nonce, its count, the minute in UTC and a hash', () => {
    const nonce = '2c001608-5f09-4840-9611-bea43e666a30';
    // Computed with the official sandbox (`mesh_sandbox.common.generate_cipher_text`).
    expect(authorisation(secrets, at, nonce)).toBe(
      `NHSMESH X26ABC1:${nonce}:0:202611282133:4ef850c4357a23a9ce91f8e08d60afa9fc67b6bc2dde05aeb6030c56f95f27f9`,
    );
  });

  it('has neither the password nor the shared key in it', () => {
    expect(authorisation(secrets, at)).not.toMatch(/password|TestKey/);
  });

  it('differs each time, because MESH accepts each value once', () => {
    expect(authorisation(secrets, at)).not.toBe(authorisation(secrets, at));
  });
});
