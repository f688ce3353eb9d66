/**
 * Finds the files that a command line names: the files themselves and, in the folders, the files that may contain FHIR.
 */
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

const EXTENSIONS = new Set(['.json', '.xml']);

export interface FoundFiles {
  /**
   * In the order given; in a folder, by name, with its subfolders. A missing file is included: the command that reads
   * it reports it.
   */
  files: string[];
  /** A sentence for each folder that contains no such file, or cannot be read. */
  faults: string[];
}

export async function filesIn(paths: readonly string[]): Promise<FoundFiles> {
  const found: FoundFiles = { files: [], faults: [] };
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    const files = isFolder ? await filesOfFolder(path) : [path];
    if (typeof files === 'string') found.faults.push(files);
    else found.files.push(...files);
  }
  return found;
}

async function filesOfFolder(path: string): Promise<string[] | string> {
  try {
    const entries = await readdir(path, { withFileTypes: true, recursive: true });
    const files = entries
      .filter((entry) => entry.isFile() && EXTENSIONS.has(extname(entry.name).toLowerCase()))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
    return files.length > 0 ? files.sort() : `The folder ${path} has no .json or .xml file.`;
  } catch (error) {
    return `The folder ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`;
  }
}
