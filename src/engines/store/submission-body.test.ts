import { createHash, randomBytes } from 'node:crypto';
import { join, split, type EmbeddedDocument } from './submission-body';

const documentOf = (bytes: Buffer, base64 = bytes.toString('base64')): EmbeddedDocument => ({
  bytes,
  base64,
  sha256: createHash('sha256').update(bytes).digest(),
});

async function thereAndBack(
  body: Buffer,
  documents: EmbeddedDocument[],
): Promise<{ cuts: number; size: number }> {
  const stored = await split(body, documents);
  const joined = await join(stored, async (sha256) => {
    const found = documents.find((each) => each.sha256.toString('hex') === sha256);
    if (!found) throw new Error('unknown document');
    return found.bytes;
  });
  expect(joined.equals(body)).toBe(true);
  return { cuts: stored.documents.length, size: stored.skeleton.length };
}

describe('a submission’s body', () => {
  it('is kept without its documents, and put together again byte for byte', async () => {
    const one = documentOf(randomBytes(30_000));
    const two = documentOf(randomBytes(20_001));
    const body = Buffer.from(`{"a":"${one.base64}","é":"${two.base64}","again":"${one.base64}"}`);
    const { cuts, size } = await thereAndBack(body, [two, one]);
    expect(cuts).toBe(3);
    expect(size).toBeLessThan(100);
  });

  it('keeps a document in place whose base64 is not the canonical one', async () => {
    const bytes = randomBytes(3_001);
    const canonical = bytes.toString('base64');
    const loose = `${canonical.slice(0, -3)}${canonical.endsWith('A==') ? 'B' : 'h'}==`;
    const { cuts } = await thereAndBack(Buffer.from(`{"a":"${loose}"}`), [documentOf(bytes, loose)]);
    expect(cuts).toBe(0);
    const wrapped = canonical.replace(/(.{76})/g, '$1\n');
    expect((await thereAndBack(Buffer.from(wrapped), [documentOf(bytes, wrapped)])).cuts).toBe(0);
  });

  it('looks at a long run of the same letter once', async () => {
    const document = documentOf(Buffer.alloc(30_001));
    const body = Buffer.from(`{"a":"${'A'.repeat(1_000_000)}","b":"${document.base64}"}`);
    const looks = jest.spyOn(Buffer.prototype, 'indexOf');
    const { cuts } = await thereAndBack(body, [document]);
    expect(looks.mock.calls.length).toBeLessThan(100);
    expect(cuts).toBe(1);
    looks.mockRestore();
  });

  it('keeps a document in place that the body writes with escapes', async () => {
    const document = documentOf(Buffer.alloc(3_000, 0xff));
    const { cuts } = await thereAndBack(Buffer.from(`{"a":"${document.base64.replaceAll('/', '\\/')}"}`), [
      document,
    ]);
    expect(cuts).toBe(0);
  });
});
