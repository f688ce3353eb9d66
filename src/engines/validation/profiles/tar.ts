/**
 * The files of a tar archive: as much of the format as npm and FHIR packages use (ustar, with the long names of pax
 * and GNU). Nothing is written to disk.
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
 */
const BLOCK = 512;

export interface TarFile {
  name: string;
  content: Buffer;
}

/** @throws an Error where the archive is cut short */
export function* filesInTar(tar: Buffer): Generator<TarFile> {
  let offset = 0;
  let longName: string | undefined;
  while (offset + BLOCK <= tar.length) {
    const header = tar.subarray(offset, offset + BLOCK);
    if (header[0] === 0) return;
    const size = Number.parseInt(textOf(header, 124, 12).trim() || '0', 8);
    const start = offset + BLOCK;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > tar.length)
      throw new Error('The archive is incomplete.');
    const content = tar.subarray(start, start + size);
    const kind = String.fromCharCode(header[156] ?? 0);
    if (kind === 'x') longName = paxPath(content) ?? longName;
    else if (kind === 'L') longName = textOf(content, 0, content.length);
    else {
      const prefix = textOf(header, 345, 155);
      const name = longName ?? (prefix === '' ? '' : `${prefix}/`) + textOf(header, 0, 100);
      longName = undefined;
      if (kind === '0' || kind === '\0') yield { name, content };
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function textOf(bytes: Buffer, start: number, length: number): string {
  const part = bytes.subarray(start, start + length);
  const end = part.indexOf(0);
  return part.toString('utf8', 0, end < 0 ? part.length : end);
}

/** The `path` of a pax header, whose records are `length key=value`, each on a line. */
function paxPath(content: Buffer): string | undefined {
  const record = content
    .toString('utf8')
    .split('\n')
    .find((line) => /^\d+ path=/.test(line));
  return record?.slice(record.indexOf('=') + 1);
}
