import { decodeUtf8 } from './utf8';

describe('text from bytes', () => {
  it('is what was written, wherever characters of several bytes are', () => {
    for (const character of ['a', 'é', '€', '😀'])
      for (const length of [0, 1, 16_380, 16_381, 16_382, 16_383, 16_384, 32_767, 50_000]) {
        const text = `${'x'.repeat(length)}${character}${'y'.repeat(20_000)}${character.repeat(9_000)}`;
        expect(decodeUtf8(Buffer.from(text)).ok).toBe(true);
        expect(decodeUtf8(Buffer.from(text))).toEqual({ ok: true, text });
      }
  });

  it('has no byte order mark', () => {
    expect(decodeUtf8(Buffer.from('\ufeffé'))).toEqual({ ok: true, text: 'é' });
  });

  it('is refused with its line where a byte is not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from(`é\n${'x'.repeat(16_383)}\n`), Buffer.from([0xe2, 0x82])]);
    expect(decodeUtf8(bytes)).toEqual({ ok: false, line: 3 });
  });
});
