/**
 * Every call of the file system on the inbox. A sender chooses the names of its files, what they are (a link, a pipe,
 * a file of any size) and when they change. So nothing is opened that is a link, no call waits for the other end of a
 * pipe, and nothing is written over what is there.
 *
 * The share may be on a network, and a call may hang. Two calls run at one time, so that those that hang leave threads
 * of Node.js to the rest of the server.
 */
import { constants, type BigIntStats, type Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import { bytesOf, type ByteText } from './names';

/** Node.js has four threads for calls of the file system, unless it is told otherwise. */
const CALLS_AT_ONCE = 2;
let running = 0;
const line: (() => void)[] = [];

/** Runs a call when fewer than two others run. */
export async function fsCall<T>(call: () => Promise<T>): Promise<T> {
  if (running < CALLS_AT_ONCE) running += 1;
  else await new Promise<void>((resolve) => line.push(resolve));
  try {
    return await call();
  } finally {
    const next = line.shift();
    // The place goes to the next one.
    if (next) next();
    else running -= 1;
  }
}

export const codeOf = (error: unknown): string | undefined => {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
};

/** The state of the machine or of the share, not of one file or folder. */
const OF_THE_MACHINE = new Set(
  'EMFILE ENFILE ENOMEM ENOSPC EDQUOT EROFS ESTALE ENOTCONN ENETDOWN EHOSTDOWN ETIMEDOUT'.split(' '),
);
export const isOfTheMachine = (error: unknown): boolean => OF_THE_MACHINE.has(codeOf(error) ?? '');

/** Undefined when there is nothing of that name. Links are not followed. */
export async function statOf(path: ByteText): Promise<BigIntStats | undefined> {
  try {
    return await fsCall(() => fs.lstat(bytesOf(path), { bigint: true }));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Tells a file from its earlier content, and from another file of the same name. */
export const identityOf = ({ ino, size, mtimeNs }: BigIntStats): string => `${ino}:${size}:${mtimeNs}`;

/** The entries of a folder, read in pages. @throws the system's error */
export async function* entriesOf(folder: ByteText): AsyncGenerator<Dirent> {
  const path = bytesOf(folder).toString('utf8');
  const opened = await fsCall(() => fs.opendir(path, { encoding: 'latin1', bufferSize: 256 }));
  try {
    for (;;) {
      const entry = await fsCall(() => opened.read());
      if (entry === null) return;
      yield entry;
    }
  } finally {
    await fsCall(() => opened.close());
  }
}

/** Neither follows a link nor waits for the other end of a pipe. The caller looks whether it is a file. */
export const openToRead = (path: ByteText): Promise<fs.FileHandle> =>
  fsCall(() => fs.open(bytesOf(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));

/** @returns undefined when it is no file, or a larger one. @throws the system's error when it cannot be opened */
export async function readSmallFile(path: ByteText, mostBytes: number): Promise<Buffer | undefined> {
  const file = await openToRead(path);
  try {
    const stats = await fsCall(() => file.stat());
    if (!stats.isFile() || stats.size > mostBytes) return undefined;
    const buffer = Buffer.alloc(stats.size);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await fsCall(() => file.read(buffer, length, buffer.length - length, length));
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await fsCall(() => file.close());
  }
}

/** Writes a new file, in the place of what an earlier try may have left. @throws the system's error */
export async function writeDurably(path: ByteText, text: string): Promise<void> {
  await removeName(path);
  const file = await fsCall(() => fs.open(bytesOf(path), 'wx'));
  try {
    await fsCall(() => file.writeFile(text));
    await fsCall(() => file.sync());
  } finally {
    await fsCall(() => file.close());
  }
}

export const renameTo = (from: ByteText, to: ByteText): Promise<void> =>
  fsCall(() => fs.rename(bytesOf(from), bytesOf(to)));

export const linkTo = (from: ByteText, to: ByteText): Promise<void> =>
  fsCall(() => fs.link(bytesOf(from), bytesOf(to)));

/** Whether it was there or not. Never throws. */
export const removeName = (path: ByteText): Promise<void> =>
  fsCall(() => fs.unlink(bytesOf(path))).catch(() => undefined);

export const makeOneFolder = (path: ByteText, mode: number): Promise<void> =>
  fsCall(async () => {
    await fs.mkdir(bytesOf(path), { mode });
  });

/** Makes the names in a folder durable. Some systems and network file systems cannot do this, and need not. */
export async function syncFolder(path: ByteText): Promise<void> {
  const how = constants.O_RDONLY | constants.O_DIRECTORY;
  const folder = await fsCall(() => fs.open(bytesOf(path === '' ? '/' : path), how)).catch(() => undefined);
  if (folder === undefined) return;
  await fsCall(() => folder.sync()).catch(() => undefined);
  await fsCall(() => folder.close());
}
