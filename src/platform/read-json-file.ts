/**
 * Reads a JSON file again whenever it has changed: for key sets, clients and policies that an operator edits while
 * the server runs.
 */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Of } from './seen-file';

export interface ReadDocument {
  document: unknown;
  /** The SHA-256 of its bytes. */
  sha256: string;
}

const MAX_BYTES = 4 * 1024 * 1024;

/** The path of a `file:` address: absolute (`file:///etc/keys.json`), or relative to the working directory. */
export function pathOf(uri: string): string {
  return uri.startsWith('file://') ? fileURLToPath(uri) : resolve(uri.replace(/^file:/, ''));
}

/**
 * Returns a function that reads the file at a path or `file:` address, or returns that it has not changed since the
 * last read.
 * @throws (the function) when the file cannot be read or is not JSON; the next call then reads it again
 */
export function readJsonFile(uri: string): () => Promise<ReadDocument | 'unchanged'> {
  const path = pathOf(uri);
  let seen: string | undefined;
  return async () => {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    const state = `${ino}.${size}.${mtimeNs}.${ctimeNs}`;
    if (state === seen) return 'unchanged';
    seen = undefined;
    if (size > MAX_BYTES) throw new Error(`the file is larger than ${MAX_BYTES} bytes`);
    const bytes = await readFile(path);
    const document = JSON.parse(bytes.toString('utf8')) as unknown;
    seen = state;
    return { document, sha256: sha256Of(bytes) };
  };
}
