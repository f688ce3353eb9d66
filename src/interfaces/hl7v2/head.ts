/**
 * What the answer needs of a message's MSH segment, read from the first bytes alone: it is there for a message that is
 * too large, in an unknown character set, or otherwise not readable.
 */
import { Hl7Context, Hl7Segment } from '@medplum/core';
import { charsetNamed, decodeAs, type Charset } from './charset';
import { unescape } from './escapes';
import { contextOf } from './message';

export interface Head {
  /** The delimiters of the message, and HL7's own where it has none. */
  context: Hl7Context;
  /** The character set of the answer. */
  charset: Charset;
  /** Fields as they stand in the message, with their escapes; empty when absent. */
  sendingApplication: string;
  sendingFacility: string;
  receivingApplication: string;
  receivingFacility: string;
  /** `MDM`, `T02`. */
  type: string;
  trigger: string;
  controlId: string;
  processingId: string;
  version: string;
  /** MSH-18, its first repetition. */
  charsetName: string;
  /** The first components of MSH-3 and MSH-4, which name the sender. */
  application: string;
  facility: string;
  /** False when the bytes do not begin with an MSH segment. */
  isHl7: boolean;
}

/** The longest MSH segment. */
const MAX_HEADER_BYTES = 64 * 1024;

export function headOf(bytes: Buffer): Head {
  const text = withoutMark(bytes).subarray(0, MAX_HEADER_BYTES).toString('latin1');
  const declared = contextOf(text);
  const context = declared ?? new Hl7Context();
  const line = declared ? (/^[^\r\n]*/.exec(text)?.[0] ?? '') : 'MSH|^~\\&|';
  const named = Hl7Segment.parse(line, context).getComponent(18, 1).trim();
  const charset = charsetNamed(named) ?? 'ascii';
  // The names of applications and facilities are in the character set that the segment itself names.
  // eslint-disable-next-line no-control-regex
  const read = (decodeAs(charset, Buffer.from(line, 'latin1')) ?? line).replace(/[\u0000-\u001f]/g, '');
  const parsed = Hl7Segment.parse(read, context);
  const raw = (field: number, component: number): string =>
    (parsed.getField(field) as { components: string[][] } | undefined)?.components[0]?.[component - 1] ?? '';
  const whole = (field: number): string =>
    (parsed.getField(field) as { toString(): string } | undefined)?.toString() ?? '';
  return {
    context,
    charset,
    sendingApplication: whole(3),
    sendingFacility: whole(4),
    receivingApplication: whole(5),
    receivingFacility: whole(6),
    type: raw(9, 1).trim().toUpperCase(),
    trigger: raw(9, 2).trim().toUpperCase(),
    controlId: whole(10),
    processingId: raw(11, 1).trim().toUpperCase(),
    version: raw(12, 1).trim(),
    charsetName: named,
    application: unescape(raw(3, 1).trim(), context, charset),
    facility: unescape(raw(4, 1).trim(), context, charset),
    isHl7: declared !== undefined,
  };
}

/** Without a byte order mark and white space in front of MSH, which some engines write. */
export function withoutMark(bytes: Buffer): Buffer {
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while ([0x0a, 0x0d, 0x20].includes(bytes[start] ?? 0)) start += 1;
  return bytes.subarray(start);
}

/** True of version 2.5 and later, which have the fields of ERR that earlier versions lack. */
export function hasErrorFields(version: string): boolean {
  const minor = /^2\.(\d+)/.exec(version)?.[1];
  return minor === undefined ? version === '' : Number(minor) >= 5;
}

/** `RPM|TRUST`, as the members of `senders` in the file are named. */
export function senderName({ application, facility }: Pick<Head, 'application' | 'facility'>): string {
  return `${application}|${facility}`;
}
