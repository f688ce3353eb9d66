/** Finds out how much space is free on the disk of a folder. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

export interface DiskSpace {
  path: string;
  /** Bytes that this account may still write; undefined when this cannot be found out. */
  free: number | undefined;
}

/** For a folder that does not exist yet, the space of its nearest existing parent. */
export async function diskSpaceAt(path: string): Promise<DiskSpace> {
  let folder = resolve(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    const { bavail, bsize } = await statfs(folder);
    return { path, free: bavail * bsize };
  } catch {
    return { path, free: undefined };
  }
}
