/** The files that a command line means: those it names, and of the folders it names those that may hold FHIR. */
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

const EXTENSIONS = new Set(['.json', '.xml']);

export interface FoundFiles {
  /** In the order given, those of a folder by name, its folders included. What is not there stays: its reader says so. */
  files: string[];
  /** A sentence for each folder that has none, or cannot be read. */
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
