/**
 * Objects as files of a folder: `ab/cd/abcd…`. Each is written to a temporary file first and then renamed, so a file
 * with its name is always complete.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore, StoredObject } from './object-store';

const TEMPORARY = '.new-';

export function folderStore(folder: string): ObjectStore {
  const pathOf = (key: string): string => {
    const spread = createHash('sha256').update(key).digest('hex');
    return join(folder, spread.slice(0, 2), spread.slice(2, 4), key);
  };
  return {
    name: folder,
    async put(key, bytes) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = join(dirname(path), `${TEMPORARY}${randomUUID()}`);
      try {
        const file = await open(temporary, 'wx', 0o600);
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      // The names in the new folders must be durable too.
      for (let each = dirname(path); each.length >= folder.length; each = dirname(each))
        await syncFolder(each);
    },
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

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
