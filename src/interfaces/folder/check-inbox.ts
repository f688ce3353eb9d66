/** Checks `INBOX_DIR` at the start. */
import { accessSync, constants, lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../platform/make-folder';
import { FOLDER_MODE, FOLDERS } from './inbox';

/** Makes the folders, so that a path that cannot be used is a fault before the database is touched. */
export function faultsOfInbox(inboxDir: string | undefined): string[] {
  if (inboxDir === undefined) return [];
  try {
    for (const part of FOLDERS.map((name) => join(inboxDir, name))) {
      makeFolder(part, FOLDER_MODE);
      accessSync(part, constants.R_OK | constants.W_OK | constants.X_OK);
      if (!lstatSync(part).isDirectory()) return [`INBOX_DIR: ${part} must be a folder, and not a link.`];
    }
    const devices = new Set(FOLDERS.map((name) => statSync(join(inboxDir, name)).dev));
    return devices.size > 1
      ? [`INBOX_DIR: ${FOLDERS.join(', ')} in ${inboxDir} must be on one file system.`]
      : [];
  } catch (error) {
    return [
      `INBOX_DIR ${inboxDir} cannot be made or written to (${(error as NodeJS.ErrnoException).code}). Set it to a folder that this account may write to.`,
    ];
  }
}
