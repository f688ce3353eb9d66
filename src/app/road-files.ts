/**
 * Opens the files of the roads (`MESH_FILE`, `HL7V2_FILE`, `FORWARD_FILE`), so that their faults stop the start before
 * the database is made or changed.
 */
import type { Config } from '../config';
import { openForwardFile, type Forward } from '../interfaces/forwarding/forward-file';
import { openMeshFile, type MeshSettings } from '../interfaces/mesh/mesh-file';
import { openHl7v2File, type Hl7v2Settings } from '../interfaces/hl7v2/settings';
import type { OnRead } from '../platform/seen-file';
import type { OpenedSettings, SettingsFile } from '../platform/settings-file';

/** The opened files; a road whose file is not set is absent. */
export interface RoadFiles {
  forward?: SettingsFile<Forward[]>;
  mesh?: SettingsFile<MeshSettings>;
  hl7v2?: SettingsFile<Hl7v2Settings>;
}

export interface RoadFileOptions {
  env: NodeJS.ProcessEnv;
  isSandbox: boolean;
  now: () => number;
  onProblem: (text: string) => void;
  /** Called with each state that comes into use. */
  onRead: OnRead;
}

/** @param opened the files that were opened before */
type Opener = (path: string, options: RoadFileOptions, opened: RoadFiles) => Promise<OpenedSettings<unknown>>;

/** For each file: the setting that names it, and what opens it. They are opened in this order. */
const openers: Readonly<
  Record<keyof RoadFiles, [path: (config: Config) => string | undefined, open: Opener]>
> = {
  mesh: [({ meshFile }) => meshFile, (path, options) => openMeshFile({ path, ...options })],
  hl7v2: [({ hl7v2File }) => hl7v2File, openHl7v2File],
  forward: [
    ({ forwardFile }) => forwardFile,
    (path, options, { mesh }) =>
      openForwardFile(path, {
        ...options,
        mailboxes: () => mesh?.current().mailboxes.map(({ mailbox }) => mailbox) ?? [],
      }),
  ],
};

export async function openRoadFiles(
  config: Config,
  options: RoadFileOptions,
): Promise<{ files: RoadFiles; faults: string[] }> {
  const files: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, [pathOf, open]] of Object.entries<[(config: Config) => string | undefined, Opener]>(
    openers,
  )) {
    const path = pathOf(config);
    if (path === undefined) continue;
    const opened = await open(path, options, files as RoadFiles);
    if (opened.ok) files[name] = opened.file;
    else faults.push(...opened.faults);
  }
  return { files, faults };
}
