/**
 * Finds the files that can be taken: those that have not changed for some seconds, the oldest of each organisation
 * first.
 */
import type { BigIntStats } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { codeOf, entriesOf, identityOf, isOfTheMachine, statOf } from './file-system';
import type { Inbox } from './inbox';
import { isForSubmitting, isOdsCode, type ByteText } from './names';

export interface WaitingFile {
  odsCode: string;
  name: ByteText;
  path: ByteText;
  identity: string;
  isLink: boolean;
  /** When its content or its permissions changed: with another one, a file that failed is new. */
  changedNs: bigint;
  modifiedNs: bigint;
}

export interface Listed {
  /** For each organisation the oldest files that can be taken, in their order. */
  queues: WaitingFile[][];
  /** All files for submitting, also those that are still being written. */
  waiting: number;
  /** How long the file has waited that has waited longest, in milliseconds. */
  longestMillis: number;
  /** How long the listing took, in milliseconds. */
  tookMillis: number;
  /** Organisations whose folder could not be read, and why. The others do not wait for them. */
  unreadable: { odsCode: string; error: unknown }[];
}

export interface FileLister {
  /** @throws the system's error when the folder cannot be read */
  list(inbox: Inbox): Promise<Listed>;
}

/** How many files of an organisation are taken before the folder is read again. */
const MOST_OF_ONE = 500;
const STATS_AT_ONCE = 64;

interface Sighting {
  identity: string;
  /** When it was first seen like this. */
  since: number;
  /** When a file of this name was first seen. */
  firstSeen: number;
}

/** @param clock milliseconds that only grow; the clock of a file server may differ from ours */
export function fileLister(settledAfterMillis: number, clock: () => number): FileLister {
  let sightings = new Map<ByteText, Sighting>();

  const see = (path: ByteText, stats: BigIntStats, seen: Map<ByteText, Sighting>): Sighting => {
    const identity = identityOf(stats);
    const before = sightings.get(path);
    const now = clock();
    const sighting =
      before?.identity === identity ? before : { identity, since: now, firstSeen: before?.firstSeen ?? now };
    seen.set(path, sighting);
    return sighting;
  };

  return {
    async list({ root }) {
      const startedAt = performance.now();
      const seen = new Map<ByteText, Sighting>();
      const queues: WaitingFile[][] = [];
      const unreadable: Listed['unreadable'] = [];
      let longestMillis = 0;
      for (const odsCode of await organisationsIn(`${root}/in`)) {
        const ready: WaitingFile[] = [];
        const take = (name: ByteText, stats: BigIntStats): void => {
          const path = `${root}/in/${odsCode}/${name}`;
          const { identity, since, firstSeen } = see(path, stats, seen);
          longestMillis = Math.max(longestMillis, clock() - firstSeen);
          if (clock() - since < settledAfterMillis) return;
          const isLink = stats.isSymbolicLink();
          const { ctimeNs: changedNs, mtimeNs: modifiedNs } = stats;
          ready.push({ odsCode, name, path, identity, isLink, changedNs, modifiedNs });
        };
        try {
          await eachFile(`${root}/in/${odsCode}`, take);
        } catch (error) {
          // A sender that owns its folder can take the rights away.
          if (isOfTheMachine(error)) throw error;
          unreadable.push({ odsCode, error });
        }
        if (ready.length > 0) queues.push(ready.sort(byAge).slice(0, MOST_OF_ONE));
      }
      sightings = seen;
      return {
        queues,
        waiting: seen.size,
        longestMillis,
        unreadable,
        tookMillis: performance.now() - startedAt,
      };
    },
  };
}

const byAge = (a: WaitingFile, b: WaitingFile): number => {
  if (a.modifiedNs !== b.modifiedNs) return a.modifiedNs < b.modifiedNs ? -1 : 1;
  return a.name < b.name ? -1 : 1;
};

/** Links to folders are not followed. */
async function organisationsIn(folder: ByteText): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of entriesOf(folder)) {
    if (!isOdsCode(name)) continue;
    if ((await statOf(`${folder}/${name}`))?.isDirectory() === true) found.push(name);
  }
  return found;
}

/** Every entry of an organisation's folder that is for submitting. Folders below it are left alone. */
async function eachFile(folder: ByteText, take: (name: ByteText, stats: BigIntStats) => void): Promise<void> {
  let names: ByteText[] = [];
  const look = async (): Promise<void> => {
    const group = names;
    names = [];
    const stats = await Promise.all(group.map((name) => statOf(`${folder}/${name}`)));
    group.forEach((name, index) => {
      const found = stats[index];
      if (found !== undefined && !found.isDirectory()) take(name, found);
    });
  };
  try {
    for await (const { name } of entriesOf(folder)) {
      if (isForSubmitting(name)) names.push(name);
      if (names.length === STATS_AT_ONCE) await look();
    }
    await look();
  } catch (error) {
    // The operator has removed the organisation's folder.
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
