/**
 * Randomness that repeats: a stream of numbers that is the same, on every machine, for the same seeds.
 * Streams of different seeds are independent, so any stay can be made without making those before it.
 * @see https://pracrand.sourceforge.net (sfc32)
 */
export interface Random {
  /** At least 0 and less than 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** About `mean`, spread by `deviation` as readings of a body are. */
  normal(mean: number, deviation: number): number;
  /** A version 4 UUID. */
  uuid(): string;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The stream that belongs to these seeds, and to no others. */
export function randomOf(...seeds: readonly number[]): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  const uint32 = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  for (const seed of seeds) {
    a ^= seed | 0;
    b ^= Math.floor(seed / 0x1_0000_0000) | 0;
    for (let round = 0; round < 12; round++) uint32();
  }
  const next = (): number => uint32() / 0x1_0000_0000;
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (list) => {
      const item = list[integer(0, list.length - 1)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    uuid: () =>
      uuidOf(uint32(), (uint32() & 0xffff0fff) | 0x4000, (uint32() & 0x3fffffff) | 0x80000000, uint32()),
  };
}

function uuidOf(first: number, second: number, third: number, fourth: number): string {
  return `${hex(first)}-${hex(second >>> 16, 2)}-${hex(second, 2)}-${hex(third >>> 16, 2)}-${hex(third, 2)}${hex(fourth)}`;
}

function hex(value: number, bytes = 4): string {
  let text = '';
  for (let shift = (bytes - 1) * 8; shift >= 0; shift -= 8) text += HEX[(value >>> shift) & 0xff];
  return text;
}
