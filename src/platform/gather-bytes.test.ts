import { gatherBytes } from './gather-bytes';

/** The bytes 0, 1, 2 …, from a place on, in a memory of their own. */
const bytesOf = (length: number, from = 0): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => from + index));

/** What the parts keep in memory. */
const memoryOf = (parts: readonly Buffer[]): number =>
  [...new Set(parts.map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0);

it.each([
  [[]],
  [[0]],
  [[1]],
  [[4096]],
  [[4095, 1, 1]],
  [[4096, 4097, 8193]],
  [[20_000, 1, 20_000, 1, 3]],
  [[1, 300_000, 1, 0, 700_000, 5]],
  [Array.from({ length: 3_000 }, (_, index) => index % 40)],
])('gives back what was added %#', (lengths: number[]) => {
  const gathered = gatherBytes();
  const pieces: Buffer[] = [];
  for (const length of lengths) {
    const piece = bytesOf(length, pieces.length);
    pieces.push(piece);
    gathered.add(piece);
  }
  const whole = Buffer.concat(pieces);
  expect(gathered.size()).toBe(whole.length);
  expect(gathered.bytes().equals(whole)).toBe(true);
  expect(Buffer.concat(gathered.parts()).equals(whole)).toBe(true);
  // Looking does not end it.
  gathered.add(bytesOf(3));
  expect(gathered.bytes().equals(Buffer.concat([whole, bytesOf(3)]))).toBe(true);
});

it('keeps little more than the bytes, however small the pieces are', () => {
  const gathered = gatherBytes();
  for (let index = 0; index < 1_000_000; index += 1) gathered.add(Uint8Array.of(index));
  expect(gathered.parts().length).toBeLessThan(20);
  expect(memoryOf(gathered.parts())).toBeLessThan(1_300_000);
  expect(gathered.bytes()[999_999]).toBe(999_999 % 256);
});

it('does not keep the large memory of a piece that fills a small part of it', () => {
  const gathered = gatherBytes();
  for (let index = 0; index < 20; index += 1)
    gathered.add(Buffer.alloc(1_000_000, index).subarray(0, 20_000));
  expect(memoryOf(gathered.parts())).toBeLessThan(1_000_000);
  expect(gathered.bytes().length).toBe(400_000);
});

it('keeps large pieces as they are', () => {
  const piece = Buffer.alloc(64 * 1024);
  const gathered = gatherBytes();
  gathered.add(piece);
  expect(gathered.bytes().buffer).toBe(piece.buffer);
});
