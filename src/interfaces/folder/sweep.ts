/**
 * Takes the files of the inbox: each is submitted, gets its outcome, and is moved. The files of one organisation are
 * taken one after the other, oldest first, so that a correction follows what it corrects; organisations take turns.
 */
import { performance } from 'node:perf_hooks';
import { describeError, type Logger } from '../../platform/logger';
import { meansDatabaseAway, type Queryable } from '../../platform/postgres';
import { sparing } from '../../platform/warn-sparingly';
import { countAttempts } from './attempts';
import { finishFile } from './finish-file';
import { codeOf, identityOf, isOfTheMachine, statOf } from './file-system';
import type { Inbox } from './inbox';
import type { Listed, WaitingFile } from './list-files';
import {
  AlreadyHandled,
  endingsIn,
  submitFile,
  type FolderDependencies,
  type SubmittedFile,
} from './submit-file';

/** The database, or the disk of the folder, cannot be used now: files wait in `in/`. */
export class MustWait extends Error {}

export interface Sweep {
  /** Begins work that an earlier node may have left. */
  begin(): Promise<void>;
  /** @returns how many files ended. @throws MustWait */
  run(listed: Listed, held: AbortSignal): Promise<number>;
  /** Files that could not be handled and are tried again. */
  retrying(): number;
}

/** Organisations whose files are in progress at one time. */
const ORGANISATIONS_AT_ONCE = 4;
/**
 * After this long the folder is read again, so that a new file gets its turn soon. A folder that takes long to read is
 * read less often.
 */
const READ_AGAIN_MILLIS = { least: 1_000, most: 10_000 };
const TIMES_THE_READING = 4;
const MOST_FAILURES = 5;

export function openSweep(inbox: Inbox, dependencies: FolderDependencies, log: Logger): Sweep {
  const { database } = dependencies;
  const endings = endingsIn(inbox, database);
  const attempts = countAttempts(() => performance.now());
  const served = whoWasServed();
  const warn = sparing((text: string, error: unknown) => log.warn({ err: describeError(error) }, text));

  /** @returns true when the file has ended */
  const handle = async (file: WaitingFile): Promise<boolean> => {
    const startedAt = performance.now();
    let submitted: SubmittedFile | undefined;
    if (endings.of(file) === undefined) {
      try {
        submitted = await submitFile(inbox, file, dependencies);
        if (submitted === undefined) return false;
        endings.keep(file, submitted);
      } catch (error) {
        if (!(error instanceof AlreadyHandled)) return failed(file, error);
        await endings.read();
        if (endings.of(file) === undefined) return failed(file, error);
      }
    }
    if (submitted) note(log, file, submitted, performance.now() - startedAt);
    return finish(file);
  };

  const finish = async (file: WaitingFile): Promise<boolean> => {
    const ending = endings.of(file);
    if (ending === undefined) return false;
    try {
      await finishFile(inbox, file, ending);
    } catch (error) {
      attempts.failed(file, false);
      warn(`folder: a file of ${file.odsCode} is submitted, and cannot be moved`, error);
      // On a full disk, the files behind it wait too.
      if (isOfTheMachine(error)) throw new MustWait(`files cannot be moved (${codeOf(error)}).`);
      return false;
    }
    attempts.forget(file);
    await endings.forget(file);
    return true;
  };

  /** A failure of the file itself counts: after the fifth, the file goes to `failed/`. */
  const failed = async (file: WaitingFile, error: unknown): Promise<boolean> => {
    if (meansAway(error) && !(await answers(database))) throw new MustWait('the database is not available.');
    const isOwn = !meansAway(error) && !isOfTheMachine(error);
    warn(`folder: a file of ${file.odsCode} cannot be handled`, error);
    if (attempts.failed(file, isOwn) < MOST_FAILURES) return false;
    try {
      await finishFile(inbox, file, { ending: 'failed' });
    } catch (reason) {
      warn(`folder: a file of ${file.odsCode} cannot be moved to failed/`, reason);
      return false;
    }
    attempts.forget(file);
    log.error(
      { door: 'folder', sender: file.odsCode, err: describeError(error) },
      'folder: a file could not be handled five times, and is in failed/',
    );
    return true;
  };

  return {
    begin: async () => {
      await endings.read();
      await endings.forgetMissing(mayBeThere);
    },
    run: (listed, held) =>
      inTurns(served.inOrder(listed.queues), held, untilOf(listed), async (file) => {
        if (!attempts.mayTry(file)) return false;
        served.note(file);
        return handle(file);
      }),
    retrying: attempts.count,
  };
}

function note(
  log: Logger,
  { odsCode }: WaitingFile,
  { submissionId, ending, bytes, rules }: SubmittedFile,
  millis: number,
): void {
  log.info(
    {
      ...{ door: 'folder', client: 'folder', sender: odsCode, type: 'Bundle', bytes },
      ...{ ending, ms: Math.round(millis), rules, submissionId },
    },
    'file',
  );
}

/** Also true for a sandbox whose database was taken over: it stores nothing more. */
const meansAway = (error: unknown): boolean =>
  meansDatabaseAway(error) || (error as { name?: unknown } | null)?.name === 'StartFailure';

const answers = (database: Queryable): Promise<boolean> =>
  database.query({ text: 'SELECT 1' }).then(
    () => true,
    () => false,
  );

/** Also true where a sender has taken the rights to its folder away: nobody else waits for that. */
async function mayBeThere(path: string, identity: string): Promise<boolean> {
  try {
    const stats = await statOf(path);
    return stats !== undefined && identityOf(stats) === identity;
  } catch (error) {
    if (isOfTheMachine(error)) throw error;
    return true;
  }
}

const untilOf = ({ tookMillis }: Listed): number =>
  performance.now() +
  Math.min(READ_AGAIN_MILLIS.most, Math.max(READ_AGAIN_MILLIS.least, TIMES_THE_READING * tookMillis));

/** Remembers the turns beyond one reading of the folder: who was served last comes last. */
function whoWasServed() {
  const turns = new Map<string, number>();
  let turn = 0;
  const lastOf = ([file]: readonly WaitingFile[]): number => turns.get(file?.odsCode ?? '') ?? 0;
  return {
    note: ({ odsCode }: WaitingFile): void => void turns.set(odsCode, ++turn),
    inOrder: <Q extends readonly WaitingFile[]>(queues: readonly Q[]): Q[] =>
      [...queues].sort((a, b) => lastOf(a) - lastOf(b)),
  };
}

/** Lets organisations take turns, some at one time, each with one file. The first error ends all, after their files. */
async function inTurns(
  queues: readonly (readonly WaitingFile[])[],
  held: AbortSignal,
  until: number,
  handle: (file: WaitingFile) => Promise<boolean>,
): Promise<number> {
  const lines = queues.map((files) => [...files].reverse());
  let ended = 0;
  const errors: unknown[] = [];
  const work = async (): Promise<void> => {
    for (;;) {
      if (held.aborted || errors.length > 0 || performance.now() > until) return;
      const line = lines.shift();
      const file = line?.pop();
      if (line === undefined || file === undefined) return;
      try {
        if (await handle(file)) ended += 1;
      } catch (error) {
        errors.push(error);
      }
      if (line.length > 0) lines.push(line);
    }
  };
  await Promise.all(Array.from({ length: ORGANISATIONS_AT_ONCE }, work));
  if (errors.length > 0) throw errors[0];
  return ended;
}
