/** Submits a file of the inbox, and keeps how it ended in the same transaction, until the file is moved. */
import {
  folderFileRow,
  forgetFolderFile,
  readFolderFiles,
  type FileEnding,
  type FolderFile,
} from '../../engines/store/folder-files';
import { operationOutcome } from '../../fhir/operation-outcome';
import type { Queryable } from '../../platform/postgres';
import { formatOfContent } from '../../use-cases/submitting/format-of-content';
import type { Alongside, Failure } from '../../use-cases/submitting/steps';
import {
  AlreadyHandled,
  recordFailure,
  refuseOnRoad,
  submitOnRoad,
  tooLarge,
  unreadable,
  type OnRoad,
  type RoadDependencies,
} from '../../use-cases/submitting/submit-on-road';
import type { Inbox } from './inbox';
import type { WaitingFile } from './list-files';
import { readFileOf } from './read-file';

export interface FolderDependencies extends RoadDependencies {
  database: Queryable;
  maxBodyBytes: number;
}

/** How a file ended, with facts for the log. */
export interface SubmittedFile extends FileEnding {
  bytes: number;
  /** The ids of the rules that refuse it. */
  rules: readonly string[];
}

/**
 * Endings that are committed and whose file is not moved yet. They are in memory for the node that has the lease, and
 * in the database for the next one.
 */
export interface Endings {
  of(file: WaitingFile): FileEnding | undefined;
  /** Reads what an earlier node left. */
  read(): Promise<void>;
  keep(file: WaitingFile, ending: FileEnding): void;
  /** The file is moved, or it is another file now. */
  forget(file: WaitingFile): Promise<void>;
  /** Forgets those whose file is not in `in/` any more. */
  forgetMissing(isThere: (path: string, identity: string) => Promise<boolean>): Promise<void>;
}

export function endingsIn(inbox: Inbox, database: Queryable): Endings {
  const known = new Map<string, FolderFile & FileEnding>();
  const keyOf = ({ path, identity }: FolderFile): string => `${path}\n${identity}`;
  const forget = async (mark: FolderFile): Promise<void> => {
    await forgetFolderFile(database, mark);
    known.delete(keyOf(mark));
  };
  return {
    of: (file) => known.get(keyOf(markOf(inbox, file))),
    read: async () => {
      for (const each of await readFolderFiles(database, inbox.id)) known.set(keyOf(each), each);
    },
    keep: (file, ending) => {
      const mark = markOf(inbox, file);
      known.set(keyOf(mark), { ...mark, ...ending });
    },
    forget: (file) => forget(markOf(inbox, file)),
    forgetMissing: async (isThere) => {
      for (const mark of [...known.values()])
        if (!(await isThere(`${inbox.root}/in/${mark.path}`, mark.identity))) await forget(mark);
    },
  };
}

const markOf = (inbox: Inbox, { odsCode, name, identity }: WaitingFile): FolderFile => ({
  folder: inbox.id,
  path: `${odsCode}/${name}`,
  identity,
});

/**
 * Submits it. An internal error, or a file that cannot be read, is recorded in the audit trail.
 * @returns undefined when the file is gone or was changed
 * @throws AlreadyHandled when another node has submitted it; the system's error when the file cannot be read; the
 *   driver's error when the database is away
 */
export async function submitFile(
  inbox: Inbox,
  file: WaitingFile,
  dependencies: FolderDependencies,
): Promise<SubmittedFile | undefined> {
  let road: OnRoad = onRoadOf(file, Buffer.alloc(0));
  try {
    const content = file.isLink
      ? ({ as: 'link', bytes: Buffer.alloc(0) } as const)
      : await readFileOf(file.path, file.identity, dependencies.maxBodyBytes);
    if (content.as === 'changed') return undefined;
    road = onRoadOf(file, content.bytes);
    return await submitContent(inbox, file, { ...content, road }, dependencies);
  } catch (error) {
    await recordFailure(road, error, dependencies);
    throw error;
  }
}

interface Content {
  as: 'body' | 'link' | 'too-large' | 'bad-gzip';
  road: OnRoad;
}

async function submitContent(
  inbox: Inbox,
  file: WaitingFile,
  { as, road }: Content,
  dependencies: FolderDependencies,
): Promise<SubmittedFile | undefined> {
  let ending: SubmittedFile | undefined;
  const alongside: Alongside = ({ submissionId, status, issues }) => {
    ending = {
      submissionId,
      ending: status === 'refused' ? 'refused' : 'done',
      outcome: JSON.stringify(operationOutcome(issues, submissionId), null, 2),
      bytes: road.bytes.length,
      rules: issues.flatMap(({ severity, rule }) =>
        severity === 'error' || severity === 'fatal' ? [rule] : [],
      ),
    };
    return [folderFileRow(markOf(inbox, file), ending)];
  };
  const sent: OnRoad = { ...road, alongside };
  if (as === 'body') await submitOnRoad(sent, dependencies);
  else await refuseOnRoad(sent, failureOf(as, dependencies.maxBodyBytes), dependencies);
  return ending;
}

function onRoadOf({ odsCode }: WaitingFile, bytes: Buffer): OnRoad {
  const format = formatOfContent(bytes);
  return {
    door: 'folder',
    clientId: 'folder',
    odsCode,
    bytes,
    contentType: `application/fhir+${format}`,
    format,
    origin: { target: `folder in/${odsCode}` },
  };
}

export { AlreadyHandled };

function failureOf(as: 'link' | 'too-large' | 'bad-gzip', maxBodyBytes: number): Failure {
  if (as === 'too-large') return tooLarge(maxBodyBytes);
  if (as === 'bad-gzip')
    return unreadable('The gzip of the file cannot be undone. Send one complete gzip stream.');
  return {
    category: 'unreadable',
    issues: [
      {
        severity: 'fatal',
        code: 'structure',
        rule: 'road-symbolic-link',
        text: 'It is a symbolic link, which this server does not follow. Send the file itself.',
      },
    ],
  };
}
