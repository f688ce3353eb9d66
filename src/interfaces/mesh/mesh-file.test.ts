import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../../../test/fixtures/certificates';
import { openMeshFile, type MeshSettings } from './mesh-file';

const mailbox = { mailbox: 'X26ABC1', passwordFile: 'password' };
const file = { url: 'https://mesh.example', sharedKeyFile: 'key', mailboxes: [mailbox] };

describe('MESH_FILE', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'homeward-mesh-file-'));
    writeFileSync(join(folder, 'password'), 'secret\n');
    writeFileSync(join(folder, 'key'), 'TestKey');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function opened(content: object, isSandbox = false, env: NodeJS.ProcessEnv = {}) {
    const path = join(folder, 'mesh.json');
    writeFileSync(path, JSON.stringify(content));
    return openMeshFile({ path, env, isSandbox, now: Date.now, onProblem: () => undefined });
  }
  async function settings(content: object): Promise<MeshSettings> {
    const read = await opened(content);
    if (!read.ok) throw new Error(read.faults.join('\n'));
    return read.file.current();
  }
  async function faults(content: object, isSandbox = false): Promise<readonly string[]> {
    const read = await opened(content, isSandbox);
    return read.ok ? [] : read.faults;
  }

  it('gives the mailboxes with their workflows and senders', async () => {
    const { url, pollSeconds, others, mailboxes, sharedKey } = await settings({
      ...file,
      url: 'https://mesh.example/messageexchange/',
      mailboxes: [
        {
          ...mailbox,
          mailbox: 'x26abc1',
          workflows: [{ id: 'VW_SUMMARY', acknowledge: 'VW_SUMMARY_ACK' }],
          senders: { x26abc2: 'RR8' },
        },
      ],
    });
    expect({ url, pollSeconds, others }).toEqual({
      url: 'https://mesh.example',
      pollSeconds: 300,
      others: 'leave',
    });
    expect(mailboxes).toMatchObject([
      {
        mailbox: 'X26ABC1',
        workflows: new Map([['VW_SUMMARY', 'VW_SUMMARY_ACK']]),
        senders: new Map([['X26ABC2', 'RR8']]),
      },
    ]);
    expect([await sharedKey(), await mailboxes[0]!.password()]).toEqual(['TestKey', 'secret']);
  });

  it('may have a mailbox that only sends', async () => {
    expect(
      (await settings({ ...file, mailboxes: [{ ...mailbox, workflows: [], senders: {} }] })).mailboxes,
    ).toHaveLength(1);
  });

  it.each<[string, object, string]>([
    ['no mailboxes', { ...file, mailboxes: [] }, 'mailboxes must be at least 1 long.'],
    [
      'workflows that are no list',
      { ...file, mailboxes: [{ ...mailbox, workflows: 'VW' }] },
      'mailboxes[0].workflows must be an array.',
    ],
    [
      'a sender without an ODS code',
      { ...file, mailboxes: [{ ...mailbox, senders: { X26ABC2: 'rr8' } }] },
      'mailboxes[0].senders.X26ABC2 must be an ODS code: 3 to 12 capitals and digits.',
    ],
    [
      'no password',
      { ...file, mailboxes: [{ mailbox: 'X26ABC1' }] },
      'mailboxes[0].passwordFile is missing: name a file that has the secret.',
    ],
    [
      'a mailbox twice',
      { ...file, mailboxes: [mailbox, mailbox] },
      'mailboxes[1].mailbox is X26ABC1, which the file has already.',
    ],
    ['a pause below a second', { ...file, pollSeconds: 0.5 }, 'pollSeconds must be at least 1.'],
    [
      'an unknown member',
      { ...file, pollSecond: 5 },
      'the file has a member that Homeward does not know: pollSecond.',
    ],
    [
      'http to another computer',
      { ...file, url: 'http://mesh.example' },
      'url must begin with https: because http: does not encrypt patient data.',
    ],
    [
      'no address',
      { ...file, url: 'mesh' },
      'url must be an https: address, such as https://msg.intspineservices.nhs.uk.',
    ],
    [
      'more frequent looks than the NHS allows',
      { ...file, url: 'https://msg.intspineservices.nhs.uk', pollSeconds: 299 },
      'pollSeconds must be 300 or more for msg.intspineservices.nhs.uk: MESH allows a look at the inbox every 5 minutes.',
    ],
    [
      'a certificate without its key',
      { ...file, certFile: 'key' },
      'keyFile is missing: set certFile and keyFile together.',
    ],
    ['another word for others', { ...file, others: 'ignore' }, 'others must be "leave" or "set-aside".'],
  ])('with %s is refused, and the fault names its place', async (_what, content, fault) => {
    expect(await faults(content)).toContain(`MESH_FILE: ${fault}`);
  });

  it('may have its secrets in the file in a sandbox only', async () => {
    const content = { ...file, sharedKeyFile: undefined, sharedKey: 'TestKey' };
    expect(await faults(content, true)).toEqual([]);
    expect(await faults(content)).toEqual([
      expect.stringContaining('MESH_FILE: sharedKey must not be in the file itself.'),
    ]);
  });

  it('checks that a certificate and a key belong together', async () => {
    const authority = certificate('authority');
    const client = certificate('client', authority);
    for (const [name, text] of Object.entries({
      'client.pem': client.cert,
      'client.key': client.key,
      'other.key': authority.key,
      'ca.pem': authority.cert,
    }))
      writeFileSync(join(folder, name), text);
    const given = { ...file, certFile: 'client.pem', keyFile: 'client.key', caFile: 'ca.pem' };
    expect(await faults(given)).toEqual([]);
    expect(await faults({ ...given, keyFile: 'other.key' })).toEqual([
      expect.stringContaining(
        'MESH_FILE: certFile and keyFile must be a certificate and its private key, in PEM',
      ),
    ]);
    expect(await faults({ ...given, caFile: 'key' })).toEqual([
      'MESH_FILE: caFile must have certificates of certificate authorities, in PEM.',
    ]);
  });
});
