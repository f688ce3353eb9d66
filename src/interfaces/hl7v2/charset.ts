/**
 * The character sets of messages, as MSH-18 names them: UTF-8 where it is empty. A message that is not in its
 * character set is refused, because a name that is read wrongly is another name.
 * @see https://hl7.org/documentcenter/public/standards/dstu/2022Sep/v2-tables (table 0211)
 */
import { isAscii } from 'node:buffer';
import { atOnce, type Slices } from '../../fhir/slices';
import { decodeUtf8InSlices } from '../../fhir/utf8';

export type Charset = 'ascii' | 'latin1' | 'utf8';

const BY_NAME: Readonly<Record<string, Charset>> = {
  '': 'utf8',
  ASCII: 'ascii',
  '8859/1': 'latin1',
  'UNICODE UTF-8': 'utf8',
  'UTF-8': 'utf8',
};

/** The character set that MSH-18 names; undefined of one that is not supported. */
export function charsetNamed(name: string): Charset | undefined {
  const wanted = name.trim().toUpperCase();
  return Object.hasOwn(BY_NAME, wanted) ? BY_NAME[wanted] : undefined;
}

/** The text of the bytes; undefined when they are not in the character set. */
export const decodeAs = (charset: Charset, bytes: Buffer): string | undefined =>
  atOnce(decodeAsInSlices(charset, bytes));

/** The same for a large message. */
export function* decodeAsInSlices(charset: Charset, bytes: Buffer): Slices<string | undefined> {
  if (charset === 'latin1') return bytes.toString('latin1');
  if (charset === 'ascii') return isAscii(bytes) ? bytes.toString('latin1') : undefined;
  const decoded = yield* decodeUtf8InSlices(bytes);
  return decoded.ok ? decoded.text : undefined;
}

/** The bytes of an answer. A character that the character set does not have becomes a question mark. */
export function encodeAs(charset: Charset, text: string): Buffer {
  if (charset === 'utf8') return Buffer.from(text, 'utf8');
  const known = charset === 'ascii' ? /[^\x00-\x7f]/gu : /[^\x00-\xff]/gu; // eslint-disable-line no-control-regex
  return Buffer.from(text.replace(known, '?'), 'latin1');
}
