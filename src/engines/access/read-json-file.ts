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
  /** Of the bytes that it was read from. */
  sha256: string;
}

const MAX_BYTES = 4 * 1024 * 1024;

/** The path of a `file:` address: absolute (`file:///etc/keys.json`), or relative to the working directory. */
export function pathOf(uri: string): string {
  return uri.startsWith('file://') ? fileURLToPath(uri) : resolve(uri.replace(/^file:/, ''));
}

/**
 * A function that reads the file at a path or `file:` address, or says that it has not changed since it last did.
 * @throws (the function) where the file can't be read or is not JSON: then it counts as changed the next time too
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
