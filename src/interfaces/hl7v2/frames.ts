/**
 * Cuts the bytes of an MLLP connection into messages. A frame is 0x0B, the message, 0x1C 0x0D. Nothing else may stand
 * between two frames. Of a frame above the limit, only what was read up to the limit is kept.
 * @see https://www.hl7.org/documentcenter/public/wg/inm/mllp_transport_specification.PDF
 */
import { gatherBytes, type GatheredBytes } from '../../platform/gather-bytes';

export type Cut =
  /** In parts, because a large message is put together in slices. */
  | { kind: 'message'; parts: readonly Buffer[]; size: number }
  /** Its beginning, as far as the limit. */
  | { kind: 'too-large'; parts: readonly Buffer[]; size: number }
  /** Bytes outside a frame, or a frame that does not end as frames do. Nothing after them is read. */
  | { kind: 'outside' };

export interface FrameReader {
  /** The frames that the bytes complete, in order. After `outside` there is nothing more. */
  push(bytes: Buffer): Cut[];
  /** True while a frame has begun and not ended. */
  isInside(): boolean;
  /** How many bytes of the frame are kept. */
  held(): number;
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

/** @param maxBytes the largest message */
export function frameReader(maxBytes: number): FrameReader {
  let open: Open | undefined;
  let isBroken = false;

  const keep = (frame: Open, piece: Buffer): void => {
    const room = maxBytes - frame.kept.size();
    if (piece.length > room) frame.isTooLarge = true;
    if (room === 0 || piece.length === 0) return;
    frame.kept.add(piece.subarray(0, room));
  };

  const close = (frame: Open): Cut => {
    open = undefined;
    const { kept } = frame;
    return { kind: frame.isTooLarge ? 'too-large' : 'message', parts: kept.parts(), size: kept.size() };
  };

  const broken = (): Cut => {
    isBroken = true;
    open = undefined;
    return { kind: 'outside' };
  };

  return {
    push(bytes) {
      const cuts: Cut[] = [];
      let at = 0;
      while (at < bytes.length && !isBroken) {
        if (!open) {
          if (bytes[at] === START) open = { kept: gatherBytes(), isTooLarge: false, isEnding: false };
          else cuts.push(broken());
          at += 1;
        } else if (open.isEnding) {
          cuts.push(bytes[at] === CARRIAGE_RETURN ? close(open) : broken());
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
  };
}

/** A message as it is sent. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.of(START), message, Buffer.of(END, CARRIAGE_RETURN)]);
}
