/** A file that a command line names, or standard input (`-`): its bytes, and whether they are JSON or XML. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { formatOfContent } from '../../use-cases/submitting/format-of-content';

export const STANDARD_INPUT = '-';

/** Undefined when the file cannot be read; the reason is printed on standard error. */
export async function readInput(file: string): Promise<Buffer | undefined> {
  try {
    return await (file === STANDARD_INPUT ? buffer(process.stdin) : readFile(file));
  } catch (error) {
    process.stderr.write(`homeward: ${nameOf(file)} cannot be read (${codeOf(error)}).\n`);
    return undefined;
  }
}

export const nameOf = (file: string): string => (file === STANDARD_INPUT ? 'standard input' : file);

/** Decides by the file's name, and otherwise by its first character. */
export function formatOf(file: string, bytes: Buffer): 'json' | 'xml' {
  return extname(file).toLowerCase() === '.xml' ? 'xml' : formatOfContent(bytes);
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? 'unknown error');
