import { createHash } from 'node:crypto';
import { checksumFault } from './checksum';

const bytes = Buffer.from('{"resourceType":"Bundle"}');
const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');

describe('the checksum of a MESH message', () => {
  it.each([
    ['', 'no checksum'],
    [digest('md5'), 'an MD5'],
    [digest('sha1').toUpperCase(), 'a SHA-1 in capitals'],
    [`SHA-256: ${digest('sha256')}`, 'a SHA-256 with its name'],
    [`md5:${digest('md5')}`, 'an MD5 with its name'],
    ['batch 17 of 20', 'a note that is no digest'],
    ['abc123', 'digits of another length'],
  ])('accepts %s (%s)', (given) => {
    expect(checksumFault(given, [bytes])).toBeUndefined();
  });

  it('may be that of the file as the sender compressed it', () => {
    expect(checksumFault(digest('sha256'), [Buffer.from('content'), bytes])).toBeUndefined();
  });

  it('that is another says that the message was changed', () => {
    const other = createHash('sha256').update('other').digest('hex');
    expect(checksumFault(other, [bytes])).toBe('its SHA256 is not that of Mex-Content-Checksum');
  });
});
