import fc from 'fast-check';
import { framed, frameReader, type Cut } from './frames';

const LIMIT = 200;

/** Everything that the reader cuts out of the bytes, given in pieces of these sizes. */
function cutIn(bytes: Buffer, sizes: readonly number[]): Cut[] {
  const reader = frameReader(LIMIT);
  const cuts: Cut[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    cuts.push(...reader.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return cuts;
}

/** What a message may contain: everything but the end of a frame. */
const aMessage = fc
  .uint8Array({ maxLength: 2 * LIMIT })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x1c ? 0x20 : byte))));
const someSizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });

describe('Frames', () => {
  it('are cut out whole and in order, wherever packets end', () => {
    fc.assert(
      fc.property(fc.array(aMessage, { maxLength: 5 }), someSizes, (messages, sizes) => {
        const cuts = cutIn(Buffer.concat(messages.map(framed)), sizes);
        expect(cuts.map(({ kind }) => kind)).toEqual(
          messages.map(({ length }) => (length > LIMIT ? 'too-large' : 'message')),
        );
        cuts.forEach((cut, index) => {
          if (cut.kind !== 'outside')
            expect(Buffer.concat(cut.parts, cut.size).equals(messages[index]!.subarray(0, LIMIT))).toBe(true);
        });
      }),
    );
  });

  it('end at the first byte outside one, and nothing after it is read', () => {
    fc.assert(
      fc.property(aMessage, fc.integer({ min: 0, max: 255 }), someSizes, (message, byte, sizes) => {
        fc.pre(byte !== 0x0b);
        const bytes = Buffer.concat([framed(message), Buffer.of(byte), framed(message)]);
        expect(
          cutIn(bytes, sizes)
            .map(({ kind }) => kind)
            .slice(1),
        ).toEqual(['outside']);
      }),
    );
  });

  it('that do not end with 0x1C 0x0D are outside', () => {
    const bytes = Buffer.from('\u000bMSH|\u001c\u000bMSH|\u001c\r');
    const [cut, ...others] = cutIn(bytes, []);
    expect({ kind: cut?.kind, others }).toEqual({ kind: 'outside', others: [] });
    expect(Buffer.concat(cut!.parts).toString()).toBe('MSH|\u000bMSH|\u001c\r');
  });

  it('keep the bytes of small pieces, and not the pieces', () => {
    const reader = frameReader(LIMIT);
    const whole = framed(Buffer.from('MSH|^~\\&|'));
    // One piece of memory for all of them: what was kept of it would change.
    const piece = Buffer.alloc(1);
    const cuts = [...whole].flatMap((byte) => {
      piece[0] = byte;
      return reader.push(piece);
    });
    expect(cuts).toEqual([{ kind: 'message', parts: [Buffer.from('MSH|^~\\&|')], size: 9 }]);
  });

  it('keep no more than the limit', () => {
    const reader = frameReader(LIMIT);
    reader.push(Buffer.concat([Buffer.of(0x0b), Buffer.alloc(10 * LIMIT)]));
    expect({ held: reader.held(), isInside: reader.isInside() }).toEqual({ held: LIMIT, isInside: true });
  });

  it('keep less of a message as soon as it is known to be too large', () => {
    const reader = frameReader(LIMIT, 50);
    reader.push(Buffer.concat([Buffer.of(0x0b), Buffer.alloc(LIMIT, 'x')]));
    expect(reader.held()).toBe(LIMIT);
    expect(reader.push(Buffer.from('one more'))).toEqual([]);
    expect(reader.held()).toBe(50);
    expect(reader.push(Buffer.of(0x1c, 0x0d))).toEqual([
      { kind: 'too-large', parts: [Buffer.alloc(50, 'x')], size: 50 },
    ]);
  });
});
