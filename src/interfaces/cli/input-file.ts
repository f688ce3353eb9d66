/** A file that a command line names, or standard input (`-`): its bytes, and whether they are JSON or XML. */
import { extname } from 'node:path';
import { gatherBytes } from '../../platform/gather-bytes';
import { endedBy, openToRead } from '../../platform/open-to-read';
import { formatOfContent } from '../../use-cases/submitting/format-of-content';

export const STANDARD_INPUT = '-';

/**
 * Reads no more than one byte above the limit, because a device or a pipe may have no end.
 * @param maxBytes MAX_BODY_BYTES
 * @returns undefined when the file cannot be read or is larger; the reason is printed on standard error
 * @throws when the command is interrupted
 */
export async function readInput(
  file: string,
  maxBytes: number,
  stop?: AbortSignal,
): Promise<Buffer | undefined> {
  stop?.throwIfAborted();
  const content = gatherBytes();
  try {
    const stream: AsyncIterable<Buffer> =
      file === STANDARD_INPUT ? endedBy(stop, process.stdin) : await openToRead(file, stop);
    for await (const chunk of stream) {
      content.add(chunk);
      if (content.size() > maxBytes)
        return refused(`${nameOf(file)} is larger than MAX_BODY_BYTES (${maxBytes})`);
    }
  } catch (error) {
    stop?.throwIfAborted();
    return refused(`${nameOf(file)} cannot be read (${codeOf(error)})`);
  }
  return content.bytes();
}

function refused(reason: string): undefined {
  process.stderr.write(`homeward: ${reason}.\n`);
}

/** The name for a terminal, which may obey the control characters that a file name can have. */
export const nameOf = (file: string): string =>
  file === STANDARD_INPUT ? 'standard input' : file.replace(/\p{Cc}/gu, '\uFFFD');

/** Decides by the file's name, and otherwise by its first character. */
export function formatOf(file: string, bytes: Buffer): 'json' | 'xml' {
  return extname(file).toLowerCase() === '.xml' ? 'xml' : formatOfContent(bytes);
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? 'unknown error');
