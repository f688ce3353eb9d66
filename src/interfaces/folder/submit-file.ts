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
 * @returns undefined when the file is gone or was changed
 * @throws AlreadyHandled when another node has submitted it; the system's error when the file cannot be read; the
 *   driver's error when the database is away
 */
export async function submitFile(
  inbox: Inbox,
  file: WaitingFile,
  dependencies: FolderDependencies,
): Promise<SubmittedFile | undefined> {
  const { maxBodyBytes } = dependencies;
  const content = file.isLink
    ? ({ as: 'link', bytes: Buffer.alloc(0) } as const)
    : await readFileOf(file.path, file.identity, maxBodyBytes);
  if (content.as === 'changed') return undefined;
  const { bytes } = content;
  let ending: SubmittedFile | undefined;
  const alongside: Alongside = ({ submissionId, status, issues }) => {
    ending = {
      submissionId,
      ending: status === 'refused' ? 'refused' : 'done',
      outcome: JSON.stringify(operationOutcome(issues, submissionId), null, 2),
      bytes: bytes.length,
      rules: issues.flatMap(({ severity, rule }) =>
        severity === 'error' || severity === 'fatal' ? [rule] : [],
      ),
    };
    return [folderFileRow(markOf(inbox, file), ending)];
  };
  const format = formatOfContent(bytes);
  const sent: OnRoad = {
    door: 'folder',
    clientId: 'folder',
    odsCode: file.odsCode,
    bytes,
    contentType: `application/fhir+${format}`,
    format,
    origin: { target: `folder in/${file.odsCode}` },
    alongside,
  };
  if (content.as === 'body') await submitOnRoad(sent, dependencies);
  else await refuseOnRoad(sent, failureOf(content.as, maxBodyBytes), dependencies);
  return ending;
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
