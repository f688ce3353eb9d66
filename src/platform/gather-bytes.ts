/**
 * Puts the pieces of a stream together as they come. Who sends them decides how small they are: a million pieces of one
 * byte, each kept as a `Buffer` of its own, would take hundreds of megabytes, and a small piece of a large memory would
 * keep all of it. So small pieces are copied into blocks, and what is held is little more than the bytes themselves.
 * @example
 * const body = gatherBytes();
 * for await (const piece of stream) body.add(piece);
 * use(body.bytes());
 */
export interface GatheredBytes {
  add(piece: Uint8Array): void;
  /** How many bytes there are. */
  size(): number;
  /** All bytes, in order. They are not copied where one part has them all. */
  bytes(): Buffer;
  /** The same in parts, which are few. A part is no longer than a block, or than the piece that it is. */
  parts(): readonly Buffer[];
  /** Begins again with none. What was given stays as it is. */
  clear(): void;
}

const SMALLEST_BLOCK = 4 * 1024;
const LARGEST_BLOCK = 256 * 1024;
/** A piece of so many bytes is kept as it is, if it fills at least half of its memory. */
const LARGE_PIECE = 16 * 1024;

export function gatherBytes(): GatheredBytes {
  let parts: Buffer[] = [];
  let block = Buffer.alloc(0);
  /** Where the part begins in the block that still grows, and where it ends. */
  let [from, to] = [0, 0];
  let size = 0;

  const endPart = (): void => {
    if (to > from) parts.push(block.subarray(from, to));
    from = to;
  };

  const copy = (piece: Uint8Array): void => {
    const here = piece.subarray(0, block.length - to);
    block.set(here, to);
    to += here.length;
    if (here.length === piece.length) return;
    endPart();
    const rest = piece.subarray(here.length);
    // A block is as long as what came before it, so a short body takes little.
    const length = Math.max(SMALLEST_BLOCK, Math.min(LARGEST_BLOCK, size), rest.length);
    block = Buffer.allocUnsafeSlow(length);
    block.set(rest);
    [from, to] = [0, rest.length];
  };

  return {
    add(piece) {
      if (piece.length >= LARGE_PIECE && 2 * piece.length >= piece.buffer.byteLength) {
        endPart();
        parts.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
      } else copy(piece);
      size += piece.length;
    },
    size: () => size,
    bytes() {
      endPart();
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
    },
    parts() {
      endPart();
      return parts;
    },
    clear() {
      parts = [];
      block = Buffer.alloc(0);
      [from, to, size] = [0, 0, 0];
    },
  };
}
