/**
 * Moves a file to where it ends, with its outcome beside it. The outcome is written first, so a moved file always has
 * one; whoever finds the outcome without the file, after a crash, moves the file to the same name.
 */
import { readFile, rename, unlink } from 'node:fs/promises';
import type { FileEnding } from '../../engines/store/folder-files';
import { ensureFolder, identityOf, statOf, syncFolder, writeDurably, type Inbox } from './inbox';
import type { WaitingFile } from './list-files';
import { bytesOf, hiddenNameOf, nameAt, outcomeNameOf, type ByteText } from './names';

/** From here on names are not tried one by one: the search goes on behind the last number that was used. */
const TRIED_ONE_BY_ONE = 16;
const MOST_REMEMBERED = 1_000;
const lastNumbers = new Map<ByteText, number>();

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
  await ensureFolder(folder);
  const name = await freeName(folder, file.name, end.ending === 'failed' ? undefined : end.submissionId);
  const outcome = `${folder}/${outcomeNameOf(name)}`;
  if (end.ending !== 'failed') {
    const hidden = `${folder}/${hiddenNameOf(outcomeNameOf(name))}`;
    await writeDurably(hidden, `${end.outcome}\n`);
    await rename(bytesOf(hidden), bytesOf(outcome));
  }
  const isMoved = await move(file, `${folder}/${name}`);
  if (!isMoved && end.ending !== 'failed') await unlink(bytesOf(outcome)).catch(() => undefined);
  await syncFolder(folder);
  await syncFolder(file.path.slice(0, file.path.lastIndexOf('/')));
  return isMoved;
}

async function move({ path, identity }: WaitingFile, target: ByteText): Promise<boolean> {
  const stats = await statOf(path);
  if (stats === undefined || identityOf(stats) !== identity) return false;
  await rename(bytesOf(path), bytesOf(target));
  return true;
}

/** The first name that neither a file nor the outcome of another submission has. */
async function freeName(
  folder: ByteText,
  name: ByteText,
  submissionId: string | undefined,
): Promise<ByteText> {
  const wanted = `${folder}/${name}`;
  for (let time = 1; ;) {
    const tried = nameAt(name, time);
    if (await isFree(folder, tried, submissionId)) {
      if (lastNumbers.size >= MOST_REMEMBERED) lastNumbers.clear();
      lastNumbers.set(wanted, time);
      return tried;
    }
    time = time === TRIED_ONE_BY_ONE ? Math.max(time, lastNumbers.get(wanted) ?? 0) + 1 : time + 1;
  }
}

async function isFree(folder: ByteText, name: ByteText, submissionId: string | undefined): Promise<boolean> {
  if ((await statOf(`${folder}/${name}`)) !== undefined) return false;
  const outcome = `${folder}/${outcomeNameOf(name)}`;
  if ((await statOf(outcome)) === undefined) return true;
  return submissionId !== undefined && (await idIn(outcome)) === submissionId;
}

/** The submission's id in an outcome; undefined when it cannot be read. */
async function idIn(path: ByteText): Promise<unknown> {
  try {
    return (JSON.parse(await readFile(bytesOf(path), 'utf8')) as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}
