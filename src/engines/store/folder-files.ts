/** Files of the inbox folder that are submitted and not moved yet. @see docs/transports/folder.md */
import type { Queryable } from '../../platform/postgres';
import type { PlainWrite } from './commit';

export interface FolderFile {
  /** The id of the inbox folder. */
  folder: string;
  /** Below `in/`: `RR8/summary.json`. */
  path: string;
  /** Tells the file from another one of the same name. */
  identity: string;
}

/** How a file ended. */
export interface FileEnding {
  submissionId: string;
  ending: 'done' | 'refused';
  /** The OperationOutcome, as JSON text. */
  outcome: string;
}

/** The row that is written in the transaction of the submission. */
export const folderFileRow = (
  { folder, path, identity }: FolderFile,
  { submissionId, ending, outcome }: FileEnding,
): PlainWrite => ({
  table: 'folder_file',
  columns: ['folder', 'path', 'identity', 'submission_id', 'ending', 'outcome'],
  rows: [{ folder, path, identity, submission_id: submissionId, ending, outcome }],
});

/** Files of the folder that were submitted and not moved, with their endings. */
export async function readFolderFiles(
  database: Queryable,
  folder: string,
): Promise<(FolderFile & FileEnding)[]> {
  return database.query<FolderFile & FileEnding>(
    {
      name: 'folder_files',
      text: `SELECT folder, path, identity, submission_id AS "submissionId", ending, outcome
        FROM folder_file WHERE folder = $1`,
    },
    [folder],
  );
}

/** Removes the row when the file is moved. */
export async function forgetFolderFile(
  database: Queryable,
  { folder, path, identity }: FolderFile,
): Promise<void> {
  await database.query(
    {
      name: 'folder_file_forget',
      text: 'DELETE FROM folder_file WHERE folder = $1 AND path = $2 AND identity = $3',
    },
    [folder, path, identity],
  );
}
