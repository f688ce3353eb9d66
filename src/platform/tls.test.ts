import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../../test/fixtures/certificates';
import { tlsOptions } from './tls';

const folder = mkdtempSync(join(tmpdir(), 'homeward-tls-'));
const own = certificate('localhost');
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
afterAll(() => rmSync(folder, { recursive: true }));

it.each(['', 'not a certificate'])(
  'a client CA file without a certificate is not used, as nobody could connect: %p',
  async (text) => {
    const files = { certFile: file('cert.pem', own.cert), keyFile: file('key.pem', own.key) };
    await expect(tlsOptions({ ...files, clientCaFile: file('ca.pem', text) })).rejects.toThrow();
    expect(await tlsOptions({ ...files, clientCaFile: file('ca.pem', own.cert) })).toMatchObject({
      requestCert: true,
    });
  },
);
