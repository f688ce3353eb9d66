import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { startFakeMesh, type FakeMesh, type FakeMessage } from '../../../test/mesh/fake-mesh';
import { openConnection } from './connection';
import { download, type Download } from './download';
import { openMailbox } from './mailbox';
import { MeshAway } from './mesh-fault';

const LIMIT = 100_000;
const content = Buffer.from(JSON.stringify({ resourceType: 'Bundle', note: 'x'.repeat(3_000) }));
const half = Math.floor(content.length / 2);

describe('the download of a MESH message', () => {
  let fake: FakeMesh;
  beforeAll(async () => {
    fake = await startFakeMesh();
  });
  afterAll(() => fake.close());

  async function got(message: FakeMessage, limit = LIMIT): Promise<Download> {
    const connection = openConnection({ url: fake.url, tls: {}, onProblem: () => undefined });
    const mailbox = openMailbox({
      name: 'X26ABC1',
      password: async () => 'password',
      sharedKey: async () => 'TestKey',
      connection,
      version: '0',
      now: () => new Date(),
    });
    try {
      return await download(mailbox, fake.put(message), limit, new AbortController().signal);
    } finally {
      connection.close();
    }
  }

  it.each<[string, FakeMessage]>([
    ['as it was sent', { chunks: [content] }],
    ['compressed on its way', { chunks: [gzipSync(content)], encoding: 'gzip' }],
    ['compressed by its sender, without a Content-Encoding', { chunks: [gzipSync(content)] }],
    ['compressed by its sender and on its way', { chunks: [gzipSync(gzipSync(content))], encoding: 'gzip' }],
    ['in chunks', { chunks: [content.subarray(0, half), content.subarray(half)] }],
    [
      'in chunks, each compressed',
      {
        chunks: [content.subarray(0, half), content.subarray(half)].map((part) => gzipSync(part)),
        encoding: 'gzip',
      },
    ],
    [
      'in chunks of a file that its sender compressed',
      { chunks: [gzipSync(content).subarray(0, 20), gzipSync(content).subarray(20)] },
    ],
    [
      'with Mex-Content-Compressed, which says nothing',
      { chunks: [content], headers: { 'Mex-Content-Compressed': 'Y' } },
    ],
  ])('gives the content of a message %s', async (_how, message) => {
    expect(await got(message)).toMatchObject({ kind: 'whole', bytes: content });
  });

  it('ends at the limit, and keeps what was read', async () => {
    const end = await got({ chunks: [randomBytes(80_000), randomBytes(80_000), randomBytes(80_000)] });
    expect(end.kind).toBe('too-large');
    expect(end.bytes.length).toBeGreaterThan(LIMIT);
    expect(end.bytes.length).toBeLessThanOrEqual(160_000);
  });

  it('does not read a gzip bomb beyond the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const end = await got({ chunks: [bomb], encoding: 'gzip' });
    expect(end.kind).toBe('too-large');
    expect(end.bytes.length).toBeLessThan(2 * LIMIT);
  });

  it('does not read without end what decompresses to nothing', async () => {
    const header = gzipSync('').subarray(0, 10);
    const empty = Buffer.from([0, 0, 0, 0xff, 0xff]);
    const nothing = Buffer.concat([header, ...Array.from({ length: 400_000 }, () => empty)]);
    for (const encoding of ['gzip', 'br']) {
      const end = await got({ chunks: [nothing], encoding });
      expect([encoding, end.kind]).toEqual([encoding, 'too-large']);
      expect(end.bytes.length).toBeGreaterThan(LIMIT);
      expect(end.bytes.length).toBeLessThan(4 * LIMIT);
    }
  });

  it('takes a compressed message of the limit that compression made longer', async () => {
    const bytes = randomBytes(LIMIT);
    const chunk = gzipSync(bytes);
    expect(chunk.length).toBeGreaterThan(LIMIT);
    expect(await got({ chunks: [chunk], encoding: 'gzip' })).toMatchObject({ kind: 'whole', bytes });
  });

  it('accepts a message of exactly the limit', async () => {
    expect(await got({ chunks: [Buffer.alloc(LIMIT, 'x')] })).toMatchObject({ kind: 'whole' });
  });

  it.each<[string, FakeMessage]>([
    ['does not begin as gzip', { chunks: [content], encoding: 'gzip' }],
    ['is gzip that ends early', { chunks: [gzipSync(content).subarray(0, 30)], encoding: 'gzip' }],
    ['was compressed by its sender and ends early', { chunks: [gzipSync(content).subarray(0, 30)] }],
  ])('keeps the received bytes of a message that %s', async (_how, message) => {
    expect(await got(message)).toMatchObject({
      kind: 'broken',
      bytes: message.chunks[0],
      why: 'it cannot be decompressed',
    });
  });

  it('refuses a Content-Encoding that MESH does not have', async () => {
    expect(await got({ chunks: [content], encoding: 'br' })).toMatchObject({
      kind: 'broken',
      why: 'its Content-Encoding is not gzip',
    });
  });

  it('compares the checksum', async () => {
    const message = { chunks: [content], headers: { 'Mex-Content-Checksum': 'a'.repeat(64) } };
    expect(await got(message)).toMatchObject({ kind: 'broken', bytes: content });
  });

  it('says nothing about the content when the connection is cut', async () => {
    const message = { chunks: [gzipSync(randomBytes(50_000))], encoding: 'gzip' };
    fake.instead = ({ method }) =>
      method === 'GET'
        ? {
            status: 200,
            headers: { 'Content-Length': '99999', 'Content-Encoding': 'gzip' },
            body: message.chunks[0]!.subarray(0, 9),
          }
        : undefined;
    const ended = got(message);
    setTimeout(() => void fake.close(), 300);
    await expect(ended).rejects.toBeInstanceOf(MeshAway);
    fake = await startFakeMesh();
  });
});
