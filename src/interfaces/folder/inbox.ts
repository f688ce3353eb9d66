/**
 * The four folders of the inbox, and the id that they have. Homeward makes `in`, `done`, `refused` and
 * `failed`; an organisation's folder below `in` is made by the operator.
 */
import { randomUUID } from 'node:crypto';
import { isLowerCaseUuid } from '../../fhir/uuid';
import {
  codeOf,
  linkTo,
  makeOneFolder,
  readSmallFile,
  removeName,
  renameTo,
  statOf,
  syncFolder,
  writeDurably,
} from './file-system';
import { byteText, type ByteText } from './names';

export const FOLDERS = ['in', 'done', 'refused', 'failed'] as const;
export type FolderName = (typeof FOLDERS)[number];

export interface Inbox {
  root: ByteText;
  /** The same for every node that uses this folder, by whatever path. */
  id: string;
}

/** Group members may write too: an SFTP server often uses another account. The umask narrows this. */
export const FOLDER_MODE = 0o770;
/** Begins with a dot, so that it is no submission. */
const ID_FILE = 'in/.homeward-id';
const MOST_ID_BYTES = 1_000;

/** Makes the folders, and reads or makes the id. @throws the system's error */
export async function openInbox(path: string): Promise<Inbox> {
  const root = byteText(path);
  await ensureFolder(root);
  for (const name of FOLDERS) await ensureFolder(`${root}/${name}`);
  return { root, id: (await readId(root)) ?? (await makeId(root)) };
}

/** Whether the folders were removed, or others are in their place, so that the inbox must be opened anew. */
export async function isReplaced({ root, id }: Inbox): Promise<boolean> {
  for (const name of FOLDERS) if ((await statOf(`${root}/${name}`))?.isDirectory() !== true) return true;
  return (await readId(root)) !== id;
}

async function readId(root: ByteText): Promise<string | undefined> {
  try {
    const bytes = await readSmallFile(`${root}/${ID_FILE}`, MOST_ID_BYTES);
    const text = bytes?.toString('latin1').trim() ?? '';
    return isLowerCaseUuid(text) ? text : undefined;
  } catch (error) {
    // ELOOP: a link, in whose place the id is written.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** Of two nodes that make it at once, one wins, and both read the same. */
async function makeId(root: ByteText): Promise<string> {
  const path = `${root}/${ID_FILE}`;
  const id = randomUUID();
  const draft = `${path}-${id}`;
  await writeDurably(draft, `${id}\n`);
  const isUseless = (await statOf(path)) !== undefined;
  if (isUseless) await renameTo(draft, path);
  else
    await linkTo(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') return renameTo(draft, path);
    });
  await removeName(draft);
  await syncFolder(`${root}/in`);
  return (await readId(root)) ?? id;
}

/** A symbolic link in the place of a folder is not followed. @throws the system's error, or ENOTDIR */
export async function ensureFolder(path: ByteText): Promise<void> {
  const stats = await statOf(path);
  if (stats?.isDirectory() === true) return;
  if (stats !== undefined) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  await makeOneFolder(path, FOLDER_MODE).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  await syncFolder(path.slice(0, path.lastIndexOf('/')));
}
