/**
 * The names of files and folders of the inbox, and their paths.
 *
 * A file name on Linux is a row of bytes, and need not be UTF-8. So that each name is handled, a name here is a text
 * with one character for each byte (latin1). `bytesOf` makes the path for the file system again.
 */

/** A path or a name with one character for each byte. */
export type ByteText = string;

export const byteText = (path: string): ByteText => Buffer.from(path, 'utf8').toString('latin1');
export const bytesOf = (path: ByteText): Buffer => Buffer.from(path, 'latin1');

/** The ODS code that a folder is named with: capitals and digits, 3 to 12. */
export const isOdsCode = (name: ByteText): boolean => /^[A-Z0-9]{3,12}$/.test(name);

/** False for the names of files that are still being written, and of files that are for nobody. */
export const isForSubmitting = (name: ByteText): boolean => !/^\.|\.(?:part|tmp)$/.test(name);

const OUTCOME = '.outcome.json';
/** The most bytes of a name, on the usual file systems. */
const LONGEST_NAME = 255;
/** The hidden name under which an outcome is written, before it has its own, is longer by these. */
const HIDDEN = '.'.length + '.part'.length;

export const outcomeNameOf = (name: ByteText): ByteText => `${name}${OUTCOME}`;
/** Names of outcomes are the server's own, also where a file system does not tell capitals apart. */
export const isOutcomeName = (name: ByteText): boolean => name.toLowerCase().endsWith(OUTCOME);
export const hiddenNameOf = (name: ByteText): ByteText => `.${name}.part`;

/**
 * The name of a file where it ends: `summary.json`, or if that is taken `summary-2.json`, `summary-3.json` and so on. A
 * name that leaves no room for the outcome's is shortened before its extension.
 * @param time 1 for the first
 */
export function nameAt(name: ByteText, time: number): ByteText {
  const [extension = ''] = /(?:\.(?:json|xml))?\.[^.]{1,20}$/i.exec(name) ?? [];
  const base = name.slice(0, name.length - extension.length);
  const number = time === 1 ? '' : `-${time}`;
  const room = LONGEST_NAME - HIDDEN - OUTCOME.length - number.length - extension.length;
  const shortened = base.length > room ? base.slice(0, room).replace(CUT_CHARACTER, '') : base;
  return `${shortened}${number}${extension}`;
}

/** The last UTF-8 character of more than one byte, which may be cut. No character has more than four bytes. */
const CUT_CHARACTER = /[\xc0-\xff][\x80-\xbf]{0,3}$/;
