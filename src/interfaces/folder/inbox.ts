/**
 * The four folders of the inbox, and the marks that tell files apart. Homeward makes `in`, `done`, `refused` and
 * `failed`; an organisation's folder below `in` is made by the operator.
 */
import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { link, lstat, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { isLowerCaseUuid } from '../../fhir/uuid';
import { byteText, bytesOf, type ByteText } from './names';

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
    const text = (await readFile(bytesOf(`${root}/${ID_FILE}`), 'utf8')).trim();
    return isLowerCaseUuid(text) ? text : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
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
  if (isUseless) await rename(bytesOf(draft), bytesOf(path));
  else
    await link(bytesOf(draft), bytesOf(path)).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') return rename(bytesOf(draft), bytesOf(path));
    });
  await unlink(bytesOf(draft)).catch(() => undefined);
  await syncFolder(`${root}/in`);
  return (await readId(root)) ?? id;
}

/** A symbolic link in the place of a folder is not followed. @throws the system's error, or ENOTDIR */
export async function ensureFolder(path: ByteText): Promise<void> {
  const stats = await statOf(path);
  if (stats?.isDirectory() === true) return;
  if (stats !== undefined) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  await mkdir(bytesOf(path), { mode: FOLDER_MODE }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  await syncFolder(path.slice(0, path.lastIndexOf('/')));
}

/** Undefined when there is nothing of that name. Links are not followed. */
export async function statOf(path: ByteText): Promise<BigIntStats | undefined> {
  try {
    return await lstat(bytesOf(path), { bigint: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Tells a file from its earlier content, and from another file of the same name. */
export const identityOf = ({ ino, size, mtimeNs }: BigIntStats): string => `${ino}:${size}:${mtimeNs}`;

export async function writeDurably(path: ByteText, text: string): Promise<void> {
  const file = await open(bytesOf(path), 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the names in a folder durable. Some systems and network file systems cannot do this, and need not. */
export async function syncFolder(path: ByteText): Promise<void> {
  const folder = await open(bytesOf(path === '' ? '/' : path), 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

export const codeOf = (error: unknown): string | undefined => {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
};
