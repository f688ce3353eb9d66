/**
 * Cuts the bytes of an MLLP connection into messages. A frame is 0x0B, the message, 0x1C 0x0D. Nothing else may stand
 * between two frames. Of a frame above the limit, only its beginning is kept.
 * @see https://www.hl7.org/documentcenter/public/wg/inm/mllp_transport_specification.PDF
 */
import { gatherBytes, type GatheredBytes } from '../../platform/gather-bytes';

export type Cut =
  /** In parts, because a large message is put together in slices. */
  | { kind: 'message'; parts: readonly Buffer[]; size: number }
  /** Its beginning, as far as it is kept. */
  | { kind: 'too-large'; parts: readonly Buffer[]; size: number }
  /** Bytes outside a frame, or a frame that does not end as frames do. Nothing after them is read. */
  | { kind: 'outside'; parts: readonly Buffer[]; size: number };

export interface FrameReader {
  /** The frames that the bytes complete, in order. After `outside` there is nothing more. */
  push(bytes: Buffer): Cut[];
  /** True while a frame has begun and not ended. */
  isInside(): boolean;
  /** How many bytes of the frame are kept. */
  held(): number;
  /** What is kept of a frame that has begun and will not end. Nothing after it is read. */
  giveUp(): readonly Buffer[];
}

const START = 0x0b;
const END = 0x1c;
const CARRIAGE_RETURN = 0x0d;

/** What has been read of a frame. */
interface Open {
  kept: GatheredBytes;
  /** True when there was more than the limit. */
  isTooLarge: boolean;
  /** True when the last byte read was 0x1C, which only 0x0D may follow. */
  isEnding: boolean;
}

/**
 * @param maxBytes the largest message
 * @param mostOfTooLarge how much is kept of a larger one
 */
export function frameReader(maxBytes: number, mostOfTooLarge = maxBytes): FrameReader {
  let open: Open | undefined;
  let isBroken = false;

  const keep = (frame: Open, piece: Buffer): void => {
    if (!frame.isTooLarge && piece.length > maxBytes - frame.kept.size()) {
      frame.isTooLarge = true;
      frame.kept = beginningOf(frame.kept, mostOfTooLarge);
    }
    const room = (frame.isTooLarge ? mostOfTooLarge : maxBytes) - frame.kept.size();
    if (room > 0 && piece.length > 0) frame.kept.add(piece.subarray(0, room));
  };

  const close = (frame: Open): Cut => {
    open = undefined;
    const { kept } = frame;
    return { kind: frame.isTooLarge ? 'too-large' : 'message', parts: kept.parts(), size: kept.size() };
  };

  /** @param rest what came and is not read, because it is outside */
  const broken = (rest: Buffer): Cut => {
    const parts = [...giveUp(), rest];
    return { kind: 'outside', parts, size: parts.reduce((sum, { length }) => sum + length, 0) };
  };

  const giveUp = (): readonly Buffer[] => {
    const parts = open?.kept.parts() ?? [];
    isBroken = true;
    open = undefined;
    return parts;
  };

  return {
    push(bytes) {
      const cuts: Cut[] = [];
      let at = 0;
      while (at < bytes.length && !isBroken) {
        if (!open) {
          if (bytes[at] === START) open = { kept: gatherBytes(), isTooLarge: false, isEnding: false };
          else cuts.push(broken(bytes.subarray(at)));
          at += 1;
        } else if (open.isEnding) {
          cuts.push(bytes[at] === CARRIAGE_RETURN ? close(open) : broken(bytes.subarray(at)));
          at += 1;
        } else {
          const end = bytes.indexOf(END, at);
          keep(open, bytes.subarray(at, end < 0 ? bytes.length : end));
          open.isEnding = end >= 0;
          at = end < 0 ? bytes.length : end + 1;
        }
      }
      return cuts;
    },
    isInside: () => open !== undefined,
    held: () => open?.kept.size() ?? 0,
    giveUp,
  };
}

function beginningOf(kept: GatheredBytes, most: number): GatheredBytes {
  if (kept.size() <= most) return kept;
  const beginning = gatherBytes();
  for (const part of kept.parts()) {
    const room = most - beginning.size();
    if (room <= 0) break;
    beginning.add(part.subarray(0, room));
  }
  return beginning;
}

/** A message as it is sent. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.of(START), message, Buffer.of(END, CARRIAGE_RETURN)]);
}
