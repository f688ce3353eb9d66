import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHl7v2File } from './settings';

async function opened(content: object): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-hl7v2-file-'));
  const path = join(folder, 'hl7v2.json');
  writeFileSync(join(folder, 'server.pem'), 'x');
  writeFileSync(path, JSON.stringify(content));
  const read = await openHl7v2File(path, {
    env: {},
    isSandbox: true,
    now: Date.now,
    onProblem: () => undefined,
  });
  return read.ok
    ? JSON.parse(JSON.stringify(read.file.current()).replaceAll(folder, '.'))
    : read.faults.map((fault) => fault.replaceAll(folder, '.'));
}

const senders = { 'RPM|TRUST': 'RR8' };

describe('HL7V2_FILE', () => {
  it('listens on 127.0.0.1:2575 unless it says otherwise', async () => {
    expect(await opened({ senders })).toEqual({ host: '127.0.0.1', port: 2575, senders });
  });

  it('has paths relative to itself', async () => {
    const files = { certFile: 'server.pem', keyFile: 'server.pem' };
    expect(await opened({ senders, ...files })).toEqual([
      expect.stringMatching(
        /^HL7V2_FILE: certFile and keyFile must be a PEM certificate and its private key: /,
      ),
    ]);
    expect(await opened({ senders, certFile: 'none.pem', keyFile: 'server.pem' })).toEqual([
      expect.stringMatching(
        /^HL7V2_FILE: certFile must name a file that the server can read: .*\.\/none.pem/,
      ),
    ]);
  });

  it('has every fault at its place', async () => {
    expect(await opened({ port: 70_000, senders: { 'RPM|TRUST': 7 }, certificate: 'x' })).toEqual([
      'HL7V2_FILE: port must be at most 65535.',
      'HL7V2_FILE: senders["RPM|TRUST"] must be a string.',
      'HL7V2_FILE: the file has a member that Homeward does not know: certificate.',
    ]);
    expect(await opened({ senders: { RPM: 'rr8' }, certFile: 'none.pem' })).toEqual([
      'HL7V2_FILE: senders["RPM"] must be named MSH-3|MSH-4, such as "RPM|TRUST": application and facility.',
      'HL7V2_FILE: senders["RPM"] must be an ODS code: 3 to 12 capital letters and digits, such as "RR8".',
      'HL7V2_FILE: keyFile is missing: certFile needs its private key.',
    ]);
  });
});
