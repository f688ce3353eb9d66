/**
 * Opens the files of the roads (`MESH_FILE`, `HL7V2_FILE`, `FORWARD_FILE`), so that their faults stop the start before
 * the database is made or changed.
 */
import type { Config } from '../config';
import type { Forward } from '../interfaces/forwarding/forward-file';
import type { MeshSettings } from '../interfaces/mesh/mesh-file';
import type { Hl7v2Settings } from '../interfaces/hl7v2/settings';
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

/* eslint-disable @typescript-eslint/no-require-imports -- what checks a file is loaded where the file is set */
const forwardFile = () =>
  require('../interfaces/forwarding/forward-file') as typeof import('../interfaces/forwarding/forward-file');
const meshFile = () =>
  require('../interfaces/mesh/mesh-file') as typeof import('../interfaces/mesh/mesh-file');
const hl7v2File = () =>
  require('../interfaces/hl7v2/settings') as typeof import('../interfaces/hl7v2/settings');
/* eslint-enable @typescript-eslint/no-require-imports */

/** For each file: the setting that names it, and what opens it. They are opened in this order. */
const openers: Readonly<
  Record<keyof RoadFiles, [path: (config: Config) => string | undefined, open: Opener]>
> = {
  mesh: [(config) => config.meshFile, (path, options) => meshFile().openMeshFile({ path, ...options })],
  hl7v2: [(config) => config.hl7v2File, (path, options) => hl7v2File().openHl7v2File(path, options)],
  forward: [
    (config) => config.forwardFile,
    (path, options, { mesh }) =>
      forwardFile().openForwardFile(path, {
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
