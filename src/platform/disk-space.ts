/** How much room there is on the disk of a folder. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

export interface DiskSpace {
  path: string;
  /** Bytes that this account may still write; undefined where it cannot be found out. */
  free: number | undefined;
}

/** A folder that is still to be made has the room of the nearest one above it. */
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
