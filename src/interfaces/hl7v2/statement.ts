/**
 * What a message states: its bytes without the fields that its sender changes when it sends it again. Two messages with
 * the same statement are one message, sent twice.
 */
import { createHash } from 'node:crypto';
import { withoutMark } from './head';

/** MSH-7 time of sending, MSH-10 control id, MSH-13 sequence number; EVN-2 time of the event's record. */
const CHANGES: Readonly<Record<string, readonly number[]>> = { MSH: [7, 10, 13], EVN: [2] };

/** @returns the SHA-256 of the statement */
export function statementOf(bytes: Buffer): Buffer {
  const text = withoutMark(bytes).toString('latin1');
  const separator = text.charAt(3);
  const parts = text.split(/([\r\n]+)/).map((line) => {
    const name = line.slice(0, 3);
    const changing = line.charAt(3) === separator && Object.hasOwn(CHANGES, name) ? CHANGES[name]! : [];
    if (changing.length === 0) return line;
    // MSH-1 is the separator itself.
    const first = name === 'MSH' ? 1 : 0;
    const fields = line.split(separator);
    return fields.map((field, at) => (changing.includes(at + first) ? '' : field)).join(separator);
  });
  return createHash('sha256').update(parts.join(''), 'latin1').digest();
}
