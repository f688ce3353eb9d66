/**
 * The road of files: one node at a time takes the files of the inbox, and another takes over when it dies.
 * @see docs/transports/folder.md
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { keepLease, type LeaseOptions } from '../../engines/store/leases';
import { describeError, type Logger } from '../../platform/logger';
import { meansDatabaseAway, type Queryable } from '../../platform/postgres';
import { within } from '../../platform/wait-at-most';
import { sparing } from '../../platform/warn-sparingly';
import { codeOf, entriesOf } from './file-system';
import { isReplaced, openInbox, type Inbox } from './inbox';
import { fileLister } from './list-files';
import { isOdsCode } from './names';
import type { FolderDependencies } from './submit-file';
import { MustWait, openSweep } from './sweep';

export interface FolderRoad {
  start(): void;
  stop(): Promise<void>;
  health(): { name: string; status: 'pass' | 'warn'; output?: string }[];
}

export interface FolderOptions extends FolderDependencies {
  /** `INBOX_DIR` */
  path: string;
  log: Logger;
  now: () => Date;
}

/** A file is taken once it has not changed for this long. */
const SETTLED_AFTER_MILLIS = 5_000;
const EVERY_MILLIS = 1_000;
const LONGEST_PAUSE_MILLIS = 10_000;
/** Above this wait, `/_status` says that the queue grows. */
const LONG_WAIT_MILLIS = 5 * 60_000;
/** A call on a network share may never end. What is submitted by then is committed, or stays in `in/`. */
const STOPS_WITHIN_MILLIS = 20_000;
const NOTHING = { waiting: 0, longestMillis: 0, retrying: 0, failed: 0, unreadable: 0 };

export function openFolderRoad(options: FolderOptions): FolderRoad {
  const { path, log, now, database } = options;
  const stopping = new AbortController();
  const problem = troubleOf(now);
  const leaseProblem = troubleOf(now);
  const queue = { ...NOTHING };
  const warn = sparing((text: string, error: unknown) => log.warn({ err: describeError(error) }, text));
  let running: Promise<void> | undefined;

  const cannot = (error: unknown): void => {
    warn('folder: files wait', error);
    problem.set(sentenceOf(error, path));
  };

  /** @returns true when the inbox must be opened anew */
  const sweepWhile = async (inbox: Inbox, held: AbortSignal): Promise<boolean> => {
    const sweep = openSweep(inbox, options, log);
    const lister = fileLister(SETTLED_AFTER_MILLIS, () => performance.now());
    let hasBegun = false;
    let failures = 0;
    while (!held.aborted) {
      try {
        if (await isReplaced(inbox)) return true;
        if (!hasBegun) await sweep.begin();
        hasBegun = true;
        const listed = await lister.list(inbox);
        const ended = await sweep.run(listed, held);
        const { waiting, longestMillis, unreadable } = listed;
        for (const { odsCode, error } of unreadable)
          warn(`folder: the folder in/${odsCode} cannot be read`, error);
        Object.assign(queue, { waiting: waiting - ended, longestMillis, retrying: sweep.retrying() });
        Object.assign(queue, { unreadable: unreadable.length, failed: await failedFiles(inbox) });
        problem.clear();
        failures = 0;
        if (ended > 0) continue;
      } catch (error) {
        cannot(error);
        failures += 1;
      }
      await pause(Math.min(LONGEST_PAUSE_MILLIS, EVERY_MILLIS * 2 ** Math.min(failures, 4)), held);
    }
    // What this node saw is no longer its own: another node has the folder.
    problem.clear();
    Object.assign(queue, NOTHING);
    return false;
  };

  const leases = noting(database, leaseProblem.clear);

  const run = async (): Promise<void> => {
    const { signal } = stopping;
    let wait = LONGEST_PAUSE_MILLIS;
    for (; !signal.aborted; await pause(wait, signal)) {
      wait = LONGEST_PAUSE_MILLIS;
      try {
        const inbox = await openInbox(path);
        problem.clear();
        const work = (held: AbortSignal): Promise<boolean> => sweepWhile(inbox, held);
        const onProblem = (error: unknown): void => leaseProblem.set(sentenceOf(error, path));
        if (await untilReplaced(leases, inbox, work, { signal, onProblem })) wait = EVERY_MILLIS;
      } catch (error) {
        cannot(error);
      }
    }
  };

  return {
    start: () => {
      running = run();
    },
    stop: async () => {
      stopping.abort();
      if (running) await within(running, STOPS_WITHIN_MILLIS);
    },
    health: () => {
      const output = problem.sentence() ?? leaseProblem.sentence() ?? queueSentence(queue);
      return [{ name: 'folder', status: output === undefined ? 'pass' : 'warn', ...(output && { output }) }];
    },
  };
}

/**
 * Works on the inbox while this node has its lease.
 * @param work resolves to true when the inbox must be opened anew
 * @returns whether it must
 */
async function untilReplaced(
  database: Queryable,
  { id }: Inbox,
  work: (held: AbortSignal) => Promise<boolean>,
  { signal, onProblem }: LeaseOptions,
): Promise<boolean> {
  const replaced = new AbortController();
  const once = async (held: AbortSignal): Promise<void> => {
    if (await work(held)) replaced.abort();
  };
  const both = AbortSignal.any([signal, replaced.signal]);
  await keepLease(database, `folder:${id}`, once, { signal: both, onProblem });
  return replaced.signal.aborted;
}

/** Calls `onAnswer` for each statement of the lease that the database has answered, whoever has the lease. */
const noting = (database: Queryable, onAnswer: () => void): Queryable => ({
  query: async (statement, values) => {
    const rows = await database.query(statement, values);
    onAnswer();
    return rows as never;
  },
});

const pause = (millis: number, signal: AbortSignal): Promise<void> =>
  sleep(millis, undefined, { signal }).catch(() => undefined);

/** The present problem, with the time since when it lasts. */
function troubleOf(now: () => Date) {
  let present: { sentence: string; since: Date } | undefined;
  return {
    set: (sentence: string): void => {
      present = { sentence, since: present?.since ?? now() };
    },
    clear: (): void => {
      present = undefined;
    },
    sentence: (): string | undefined =>
      present && `Files wait since ${present.since.toISOString()}: ${present.sentence}`,
  };
}

function sentenceOf(error: unknown, path: string): string {
  if (error instanceof MustWait) return error.message;
  if (meansDatabaseAway(error) && codeOf(error) !== 'ENOENT') return 'the database is not available.';
  return `INBOX_DIR ${path} cannot be used (${codeOf(error) ?? 'an internal error'}). Check that it exists and that this account may write to it.`;
}

function queueSentence(queue: typeof NOTHING): string | undefined {
  const { waiting, longestMillis, retrying, failed, unreadable } = queue;
  const sentences = [
    waiting > 0 && longestMillis > LONG_WAIT_MILLIS
      ? `${waiting} files wait in in/, one of them for ${Math.floor(longestMillis / 60_000)} minutes.`
      : '',
    retrying > 0
      ? `${retrying} files could not be handled or moved, and are tried again. The log says why.`
      : '',
    unreadable > 0
      ? `${unreadable} folders in in/ cannot be read, and their files wait. The log says which. Give this account the right to read and write there.`
      : '',
    failed > 0 ? `${failed} files are in failed/. The log says why. Remove them, or move them to in/.` : '',
  ].filter(Boolean);
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** How many files are in `failed/`, up to a hundred. */
async function failedFiles({ root }: Inbox): Promise<number> {
  let count = 0;
  for await (const { name } of entriesOf(`${root}/failed`)) {
    if (!isOdsCode(name)) continue;
    for await (const file of entriesOf(`${root}/failed/${name}`)) {
      if (!file.name.startsWith('.')) count += 1;
      if (count >= 100) return count;
    }
  }
  return count;
}
