/**
 * Makes a folder and its parents, one by one. The recursive function of Node.js never ends when one cannot be made
 * (/proc).
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** @throws the system's error */
export function makeFolder(path: string, mode = 0o700): void {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory() === true) return;
  if (existing !== undefined) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  if (dirname(path) !== path) makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
