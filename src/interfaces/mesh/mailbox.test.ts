import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { startFakeMesh, type FakeMesh } from '../../../test/mesh/fake-mesh';
import { openConnection, type Connection } from './connection';
import { openMailbox, type Mailbox } from './mailbox';
import { MeshAway, MeshRefusal } from './mesh-fault';
import { sendMessage } from './send-message';

const signal = new AbortController().signal;
const letter = {
  to: 'X26ABC2',
  workflow: 'VW_SUMMARY_ACK',
  localId: 'local-1',
  subject: 'accepted',
  fileName: '20261128.json',
  contentType: 'application/fhir+json',
};

describe('the calls of MESH for a mailbox', () => {
  let fake: FakeMesh;
  let connection: Connection;
  let mailbox: Mailbox;
  beforeEach(async () => {
    fake = await startFakeMesh();
    connection = openConnection({ url: fake.url, tls: {}, onProblem: () => undefined });
    mailbox = openMailbox({
      name: 'X26ABC1',
      password: async () => 'password',
      sharedKey: async () => 'TestKey',
      connection,
      version: '1.2.3',
      now: () => new Date(),
    });
  });
  afterEach(async () => {
    connection.close();
    await fake.close();
  });

  it('ask for version 2, and name this client in the handshake', async () => {
    await mailbox.handshake(signal);
    expect(fake.requests).toMatchObject([
      {
        method: 'POST',
        path: '/messageexchange/X26ABC1',
        headers: { accept: 'application/vnd.mesh.v2+json', 'mex-clientversion': 'homeward==1.2.3' },
      },
    ]);
  });

  it('use an Authorization of their own in each attempt', async () => {
    let attempts = 0;
    fake.instead = () => ((attempts += 1) < 3 ? { status: 503 } : undefined);
    await mailbox.inbox(undefined, signal);
    const used = fake.requests.map(({ headers }) => headers.authorization);
    expect(new Set(used).size).toBe(3);
  });

  it('follow the link to the next page as it was given, with an origin or without', async () => {
    await mailbox.inbox('/messageexchange/X26ABC1/inbox?workflow_filter=A*&continue_from=a%2Fb%3D', signal);
    await mailbox.inbox('https://mesh.example/messageexchange/X26ABC1/inbox?continue_from=c', signal);
    expect(fake.requests.map(({ path }) => path)).toEqual([
      '/messageexchange/X26ABC1/inbox?workflow_filter=A*&continue_from=a%2Fb%3D',
      '/messageexchange/X26ABC1/inbox?continue_from=c',
    ]);
  });

  it('fail after three attempts when MESH stays broken', async () => {
    fake.instead = () => ({ status: 500, body: '<html>' });
    await expect(mailbox.inbox(undefined, signal)).rejects.toMatchObject({ status: 500 });
    expect(fake.requests).toHaveLength(3);
  });

  it('leave it to the caller when MESH asks for a pause', async () => {
    fake.instead = () => ({ status: 429, headers: { 'Retry-After': '7' } });
    await expect(mailbox.inbox(undefined, signal)).rejects.toMatchObject({
      status: 429,
      retryAfterSeconds: 7,
    });
    expect(fake.requests).toHaveLength(1);
  });

  it('do not repeat what MESH refuses, and say why it was', async () => {
    fake.instead = () => ({
      status: 403,
      body: JSON.stringify({ detail: [{ event: '', code: '', msg: 'Invalid Authentication Token' }] }),
    });
    await expect(mailbox.inbox(undefined, signal)).rejects.toThrow(
      'MESH answered 403 (Invalid Authentication Token). Check the name and password of the mailbox, the shared key, and the clock of this computer.',
    );
    expect(fake.requests).toHaveLength(1);
  });

  it('recognise a server that is not MESH', async () => {
    fake.instead = () => ({ status: 200, body: '<html>Welcome</html>' });
    await expect(mailbox.inbox(undefined, signal)).rejects.toThrow('The answer is not one of MESH.');
  });

  it('say in a sentence that nothing listens at the address', async () => {
    await fake.close();
    await expect(mailbox.inbox(undefined, signal)).rejects.toThrow(
      /^Cannot reach MESH at 127\.0\.0\.1:\d+ \(connection refused\)\. Check url in MESH_FILE and the network\.$/,
    );
    fake = await startFakeMesh();
  });

  it('say in a sentence that a secret cannot be read', async () => {
    const without = openMailbox({
      name: 'X26ABC1',
      password: () => readFile('/nowhere/password', 'utf8'),
      sharedKey: async () => 'TestKey',
      connection,
      version: '1.2.3',
      now: () => new Date(),
    });
    await expect(without.handshake(signal)).rejects.toThrow(
      /^The password of X26ABC1 cannot be read \(ENOENT.*\)\. Check its file in MESH_FILE\.$/,
    );
  });

  describe('to send', () => {
    it('send a small message in one piece, as it is', async () => {
      const id = await sendMessage(mailbox, { ...letter, bytes: Buffer.from('{}') }, signal);
      expect(fake.posted).toMatchObject([
        {
          id,
          headers: {
            'mex-to': 'X26ABC2',
            'mex-workflowid': 'VW_SUMMARY_ACK',
            'mex-localid': 'local-1',
            'mex-subject': 'accepted',
            'mex-filename': '20261128.json',
            'content-type': 'application/fhir+json',
          },
          body: Buffer.from('{}'),
        },
      ]);
    });

    it('send a large one in chunks, each compressed by itself', async () => {
      const bytes = Buffer.alloc(50_000, 'abcdefghij');
      await sendMessage(mailbox, { ...letter, bytes }, signal, 20_000);
      expect(fake.posted.map(({ headers }) => headers['mex-chunk-range'])).toEqual(['1:3', '2:3', '3:3']);
      expect(fake.posted.map(({ headers }) => headers['content-encoding'])).toEqual(['gzip', 'gzip', 'gzip']);
      expect(fake.posted[0]!.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'mex-content-type': 'application/fhir+json',
      });
      expect(Buffer.concat(fake.posted.map(({ body }) => gunzipSync(body)))).toEqual(bytes);
    });

    it('repeat a later chunk, which cannot make a second message', async () => {
      let isBroken = true;
      fake.instead = ({ path }) => {
        if (!path.endsWith('/2') || !isBroken) return undefined;
        isBroken = false;
        return { status: 503 };
      };
      await sendMessage(mailbox, { ...letter, bytes: Buffer.alloc(30_000) }, signal, 20_000);
      expect(fake.posted).toHaveLength(2);
    });

    it.each([
      ['the connection is cut', 'cut' as const],
      ['MESH is busy', { status: 503 }],
    ])('never repeat the first request when %s', async (_when, answer) => {
      fake.instead = () => answer;
      await expect(
        sendMessage(mailbox, { ...letter, bytes: Buffer.from('{}') }, signal),
      ).rejects.toBeInstanceOf(answer === 'cut' ? MeshAway : MeshRefusal);
      expect(fake.requests).toHaveLength(1);
    });
  });
});
