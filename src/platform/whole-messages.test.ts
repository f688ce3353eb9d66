import fc from 'fast-check';
import { wholeMessages } from './whole-messages';

function message(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind, 'latin1');
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

/** What is handed on where the bytes come in reads of these sizes, into one memory. */
function handedOn(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  const messages = wholeMessages((part) => parts.push(Buffer.from(part)));
  const read = Buffer.alloc(64 * 1024);
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const size = Math.min(sizes[i % sizes.length] ?? 1, bytes.length - at, read.length);
    bytes.copy(read, 0, at, at + size);
    messages.take(read, size);
    read.fill(0xee);
    at += size;
  }
  return parts;
}

/** Whether the parts begin and end where messages do. */
function areWhole(parts: readonly Buffer[]): boolean {
  return parts.every((part) => {
    let at = 0;
    while (at < part.length) at += 1 + part.readUInt32BE(at + 1);
    return at === part.length;
  });
}

describe('messages of PostgreSQL', () => {
  it('are handed on whole and in their order, however the reads cut them', () => {
    const bodies = fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 30 });
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(bodies, sizes, (lengths, reads) => {
        const bytes = Buffer.concat(lengths.map((length, i) => message('D', Buffer.alloc(length, i))));
        const parts = handedOn(bytes, reads);
        expect(areWhole(parts)).toBe(true);
        expect(Buffer.concat(parts)).toEqual(bytes);
      }),
    );
  });

  it('may be longer than one read, and than the memory that is kept', () => {
    const bytes = Buffer.concat([
      message('T', Buffer.from('row')),
      message('D', Buffer.alloc(3_000_000, 1)),
      message('D', Buffer.alloc(70_000, 2)),
      message('C', Buffer.from('end')),
    ]);
    for (const size of [64 * 1024, 50_001]) {
      const parts = handedOn(bytes, [size]);
      expect(areWhole(parts)).toBe(true);
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    }
  });

  it('that claim to be long take no memory before they come', () => {
    const messages = wholeMessages(() => undefined);
    const before = process.memoryUsage().arrayBuffers;
    const kept = Array.from({ length: 8 }, () => {
      messages.take(Buffer.from('HTTP/1.1 400 Bad Request'), 24);
      return messages;
    });
    expect(kept).toHaveLength(8);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
  });

  it('are in memory that is used again', () => {
    const parts: Buffer[] = [];
    const messages = wholeMessages((part) => parts.push(part));
    const read = message('Z', Buffer.from('I'));
    messages.take(read, read.length);
    expect(parts[0]?.buffer).toBe(read.buffer);
  });
});
