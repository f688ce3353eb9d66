import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../../../test/fixtures/certificates';
import { openForwardFile, type FhirTarget, type Forward, type Hl7v2Target } from './forward-file';

const folder = mkdtempSync(join(tmpdir(), 'homeward-forward-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
writeFileSync(join(folder, 'empty.pem'), '');

async function opened(content: unknown): Promise<Forward[] | readonly string[]> {
  const path = join(folder, 'forward.json');
  writeFileSync(path, JSON.stringify(content));
  const file = await openForwardFile(path, {
    env: {},
    isSandbox: false,
    now: Date.now,
    onProblem: () => undefined,
    mailboxes: () => ['X26ABC1'],
  });
  return file.ok ? file.file.current() : file.faults;
}

const url = 'https://records.example.nhs.uk/FHIR/R4';
const rule = (more: object): object => ({ name: 'gp', to: { fhir: { url } }, ...more });

describe('FORWARD_FILE', () => {
  it('gives each rule its condition, in capitals, and its destination', async () => {
    const tokens = {
      tokenUrl: 'https://records.example.nhs.uk/token',
      clientId: 'homeward',
      keyFile: 'key.pem',
    };
    const [read] = await opened([
      {
        name: 'gp',
        when: { senders: ['rr8'], practices: ['a12345'] },
        to: { fhir: { url: `${url}/`, ...tokens } },
      },
    ]);
    expect(read).toMatchObject({
      name: 'gp',
      when: { senders: ['RR8'], practices: ['A12345'] },
      to: {
        kind: 'fhir',
        url,
        client: { tokenUrl: tokens.tokenUrl, clientId: 'homeward', scope: 'system/Bundle.c' },
      },
      as: 'bundle',
    });
  });

  it.each([
    ['no array', {}, 'FORWARD_FILE: the file must be an array.'],
    ['no name', [{ to: { fhir: { url } } }], 'FORWARD_FILE: [0].name is missing: it must be a string.'],
    [
      'a name twice',
      [rule({}), rule({})],
      'FORWARD_FILE: [1].name is used twice: gp. Give each rule its own name.',
    ],
    [
      'an unknown member',
      [rule({ wen: {} })],
      'FORWARD_FILE: [0] has a member that Homeward does not know: wen.',
    ],
    [
      'no ODS code',
      [rule({ when: { practices: ['A 1'] } })],
      'FORWARD_FILE: [0].when.practices[0] must be an ODS code, such as RR8.',
    ],
    [
      'two destinations',
      [rule({ to: { fhir: { url }, hl7v2: { host: 'tie', port: 2575 } } })],
      'FORWARD_FILE: [0].to must have exactly one of fhir, mesh and hl7v2.',
    ],
    [
      'mdm to a FHIR server',
      [rule({ as: 'mdm' })],
      'FORWARD_FILE: [0].as may be "mdm" only where the rule passes on to hl7v2.',
    ],
    [
      'a client without a key',
      [rule({ to: { fhir: { url, tokenUrl: url, clientId: 'homeward' } } })],
      'FORWARD_FILE: [0].to.fhir must have tokenUrl, clientId and keyFile together, or none of them.',
    ],
    [
      'a file that is no certificate',
      [rule({ to: { fhir: { url, caFile: 'empty.pem' } } })],
      expect.stringMatching(/^FORWARD_FILE: \[0\]\.to\.fhir\.caFile must name a PEM file of certificates: /),
    ],
    [
      'a mailbox that MESH_FILE does not have',
      [rule({ to: { mesh: { mailbox: 'X26ABC2', from: 'X26ABC9', workflow: 'COPY' } } })],
      'FORWARD_FILE: [0].to.mesh.from must be a mailbox of MESH_FILE; X26ABC9 is not one.',
    ],
  ])('refuses %s', async (_what, content, fault) => {
    expect(await opened(content)).toEqual([fault]);
  });

  it.each([
    'http://records.example.nhs.uk/FHIR/R4',
    'ftp://records.example.nhs.uk',
    'https://user:secret@records.example.nhs.uk/FHIR/R4',
    'https://records.example.nhs.uk/FHIR/R4?token=1',
    'records.example.nhs.uk',
  ])('refuses the address %s', async (address) => {
    expect(await opened([rule({ to: { fhir: { url: address } } })])).toEqual([
      'FORWARD_FILE: [0].to.fhir.url must be an https: URL without a user name, query or fragment. http: is allowed for a loopback address only.',
    ]);
  });

  it('goes on with the authorities of before while the file of them is empty', async () => {
    const ca = certificate('authority').cert;
    writeFileSync(join(folder, 'ca.pem'), ca);
    const to = { fhir: { url, caFile: 'ca.pem' } };
    const secure = { hl7v2: { host: 'tie.example', port: 2575, caFile: 'ca.pem' } };
    const read = (await opened([rule({ to }), rule({ name: 'tie', to: secure })])) as Forward[];
    writeFileSync(join(folder, 'ca.pem'), '');
    const [fhir, hl7v2] = read.map((each) => each.to as FhirTarget | Hl7v2Target);
    expect(await (fhir as FhirTarget).ca()).toBe(ca);
    expect(await (hl7v2 as Hl7v2Target).tls!.ca()).toBe(ca);
  });
});
