/**
 * Objects as files of a folder: `ab/cd/abcd…`, or all in the folder itself. Each is written to a temporary file first and then renamed, so a file
 * with its name is always complete.
 */
import { createHash, randomUUID } from 'node:crypto';
import { copyFile, mkdir, open, opendir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore, StoredObject } from './object-store';

const TEMPORARY = '.new-';

/** @param isFlat true for a few objects that people look for by name */
export function folderStore(folder: string, isFlat = false): ObjectStore {
  const pathOf = (key: string): string => {
    if (isFlat) return join(folder, key);
    const spread = createHash('sha256').update(key).digest('hex');
    return join(folder, spread.slice(0, 2), spread.slice(2, 4), key);
  };
  const place = async (path: string, write: (temporary: string) => Promise<void>): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = join(dirname(path), `${TEMPORARY}${randomUUID()}`);
    try {
      await write(temporary);
      await sync(temporary);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    // The names in the new folders must be durable too.
    for (let each = dirname(path); each.length >= folder.length; each = dirname(each)) await sync(each);
  };
  return {
    name: folder,
    put: (key, bytes) => place(pathOf(key), (temporary) => writeFile(temporary, bytes, { mode: 0o600 })),
    putFile: (key, from) => place(pathOf(key), (temporary) => copyFile(from, temporary)),
    read: (key, range) =>
      unlessMissing(async () => {
        const path = pathOf(key);
        if (range === undefined) return readFile(path);
        const file = await open(path, 'r');
        try {
          const size = range.end - range.start;
          const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, range.start);
          return buffer.subarray(0, bytesRead);
        } finally {
          await file.close();
        }
      }),
    size: (key) => unlessMissing(async () => (await stat(pathOf(key))).size),
    putAt: (key) => unlessMissing(async () => (await stat(pathOf(key))).mtime),
    remove: (key) => rm(pathOf(key), { force: true }),
    list: () => listed(folder),
  };
}

async function* listed(folder: string): AsyncGenerator<StoredObject> {
  const entries = await unlessMissing(() => opendir(folder, { recursive: true }));
  for await (const entry of entries ?? []) {
    if (!entry.isFile() || entry.name.startsWith(TEMPORARY)) continue;
    const found = await unlessMissing(() => stat(join(entry.parentPath, entry.name)));
    if (found) yield { key: entry.name, putAt: found.mtime };
  }
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Resolves when the file, or the names in the folder, are durable. */
async function sync(path: string): Promise<void> {
  const opened = await open(path, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
