/**
 * Moves a file to where it ends, with its outcome beside it. The outcome is written first, so a moved file always has
 * one; whoever finds the outcome without the file, after a crash, moves the file to the same name.
 */
import type { FileEnding } from '../../engines/store/folder-files';
import {
  identityOf,
  readSmallFile,
  removeName,
  renameTo,
  statOf,
  syncFolder,
  writeDurably,
} from './file-system';
import { ensureFolder, type Inbox } from './inbox';
import type { WaitingFile } from './list-files';
import { hiddenNameOf, isOutcomeName, nameAt, outcomeNameOf, type ByteText } from './names';

/** Up to here names are tried one by one. */
const TRIED_ONE_BY_ONE = 16;

/**
 * @param end where it goes, and for `done` and `refused` the outcome
 * @returns false when the file is gone or was changed meanwhile: it stays, and is another file now
 * @throws the system's error; the file is in `in/` then
 */
export async function finishFile(
  { root }: Inbox,
  file: WaitingFile,
  end: FileEnding | { ending: 'failed' },
): Promise<boolean> {
  const folder = `${root}/${end.ending}/${file.odsCode}`;
  const content = end.ending === 'failed' ? undefined : `${end.outcome}\n`;
  await ensureFolder(folder);
  const name = await freeName(folder, file.name, content);
  const outcome = `${folder}/${outcomeNameOf(name)}`;
  if (content !== undefined) {
    const hidden = `${folder}/${hiddenNameOf(outcomeNameOf(name))}`;
    await writeDurably(hidden, content);
    await renameTo(hidden, outcome);
  }
  const target = `${folder}/${name}`;
  const isMoved = await move(file, target);
  // Where a file has the name by now, another node has moved this one, and the outcome is its.
  if (!isMoved && content !== undefined && (await statOf(target)) === undefined) await removeName(outcome);
  await syncFolder(folder);
  await syncFolder(file.path.slice(0, file.path.lastIndexOf('/')));
  return isMoved;
}

async function move({ path, identity }: WaitingFile, target: ByteText): Promise<boolean> {
  const stats = await statOf(path);
  if (stats === undefined || identityOf(stats) !== identity) return false;
  await renameTo(path, target);
  return true;
}

/**
 * The first name that neither a file nor the outcome of another submission has. A sender may have sent the same name
 * very often: behind the first few, it is the first number of a gap that is found by halving.
 */
async function freeName(folder: ByteText, name: ByteText, content: string | undefined): Promise<ByteText> {
  const at = (time: number): ByteText => nameAt(name, time);
  const free = (time: number): Promise<boolean> => isFree(folder, at(time), content);
  for (let time = 1; time <= TRIED_ONE_BY_ONE; time += 1) if (await free(time)) return at(time);
  let taken = TRIED_ONE_BY_ONE;
  let found = 2 * TRIED_ONE_BY_ONE;
  for (; !(await free(found)); found *= 2) taken = found;
  while (found - taken > 1) {
    const middle = Math.floor((taken + found) / 2);
    if (await free(middle)) found = middle;
    else taken = middle;
  }
  return at(found);
}

/** @param content of the outcome that is to stand beside it, which may stand there since a crash */
async function isFree(folder: ByteText, name: ByteText, content: string | undefined): Promise<boolean> {
  // No file of a sender takes the name of an outcome.
  if (isOutcomeName(name)) return false;
  if ((await statOf(`${folder}/${name}`)) !== undefined) return false;
  const outcome = `${folder}/${outcomeNameOf(name)}`;
  const stats = await statOf(outcome);
  if (stats === undefined) return true;
  return content !== undefined && stats.isFile() && contains(outcome, Buffer.from(content));
}

/** Reads no more than the content is long. */
async function contains(path: ByteText, content: Buffer): Promise<boolean> {
  const there = await readSmallFile(path, content.length).catch(() => undefined);
  return there?.equals(content) === true;
}
