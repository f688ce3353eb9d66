/**
 * What a message states: its bytes without the fields that its sender changes when it sends it again. Two messages with
 * the same statement are one message, sent twice.
 */
import { createHash } from 'node:crypto';
import { BYTES_OF_SLICE, type Slices } from '../../fhir/slices';
import { withoutMark } from './head';

/** MSH-7 time of sending, MSH-10 control id, MSH-13 sequence number; EVN-2 time of the event's record. */
const CHANGES: Readonly<Record<string, readonly number[]>> = { MSH: [7, 10, 13], EVN: [2] };

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** @returns the SHA-256 of the statement */
export function* statementOf(bytes: Buffer): Slices<Buffer> {
  const message = withoutMark(bytes);
  const separator = message.toString('latin1', 3, 4);
  const hash = createHash('sha256');
  const endAfter = endsOfLines(message);
  for (let start = 0, end: number; start < message.length; start = end) {
    end = endAfter(start);
    const line = message.subarray(start, end);
    const name = line.toString('latin1', 0, 3);
    if (line.toString('latin1', 3, 4) === separator && Object.hasOwn(CHANGES, name)) {
      hash.update(withoutChanges(name, line.toString('latin1'), separator), 'latin1');
      continue;
    }
    for (let at = 0; at < line.length; at += BYTES_OF_SLICE) {
      hash.update(line.subarray(at, at + BYTES_OF_SLICE));
      yield;
    }
  }
  return hash.digest();
}

/** The end of the line is kept, also where the last field changes. */
function withoutChanges(name: string, line: string, separator: string): string {
  const changing = CHANGES[name]!;
  // MSH-1 is the separator itself.
  const first = name === 'MSH' ? 1 : 0;
  const [text = '', end = ''] = line.split(/([\r\n]+)$/);
  const fields = text.split(separator);
  return `${fields.map((field, at) => (changing.includes(at + first) ? '' : field)).join(separator)}${end}`;
}

/** Where the line ends that begins there, with its line break. Both kinds are looked for once over the message. */
function endsOfLines(message: Buffer): (start: number) => number {
  const next = { [CARRIAGE_RETURN]: -1, [LINE_FEED]: -1 };
  const placeOf = (code: typeof CARRIAGE_RETURN | typeof LINE_FEED, start: number): number => {
    if (next[code]! < start) {
      const found = message.indexOf(code, start);
      next[code] = found < 0 ? message.length : found;
    }
    return next[code]!;
  };
  return (start) => {
    let end = Math.min(placeOf(CARRIAGE_RETURN, start), placeOf(LINE_FEED, start));
    while (message[end] === CARRIAGE_RETURN || message[end] === LINE_FEED) end += 1;
    return end;
  };
}
