/** Checks everything in the settings that their form does not show, before the database is created or changed. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { readAccessFiles, type AccessFiles } from '../engines/access/open-access';
import { faultOfAuthorities } from '../platform/authorities';
import type { OnRead, SeenFile } from '../platform/seen-file';
import type { Config } from '../config';
import { openAnchor } from '../engines/ledger/anchor';
import { faultsOfInbox } from '../interfaces/folder/check-inbox';
import type { Logger } from '../platform/logger';
import { openRoadFiles, type RoadFiles } from './road-files';
import { StartFailure } from './start-failure';

export interface Prepared {
  files: AccessFiles;
  roadFiles: RoadFiles;
  /** Reports the files read so far, and from now on each file that is read again. */
  notesTo(note: OnRead): Promise<void>;
}

/**
 * @param env where a file of a road may have its secrets
 * @throws StartFailure with every fault
 */
export async function prepare(config: Config, log: Logger, env: NodeJS.ProcessEnv): Promise<Prepared> {
  const reads: SeenFile[] = [];
  const seen = new Set<string>();
  let note: OnRead | undefined;
  const onRead: OnRead = async (file) => {
    if (seen.has(file.name)) log.info({ file: file.name, sha256: file.sha256 }, 'file read again');
    seen.add(file.name);
    if (note === undefined) reads.push(file);
    else await note(file);
  };
  const read = await readAccessFiles(config, { onProblem: (text) => log.warn(text), onRead });
  const roads = await openRoadFiles(config, {
    env,
    isSandbox: config.mode === 'sandbox',
    now: Date.now,
    onProblem: (text) => log.warn(text),
    onRead,
  });
  const faults = [
    ...(read.ok ? [] : read.faults),
    ...roads.faults,
    ...faultsOfFolder(config),
    ...faultsOfInbox(config.inboxDir),
    ...faultsOfAnchor(config),
    ...faultsOfRootCertificates(config),
  ];
  if (!read.ok || faults.length > 0) throw new StartFailure(faults);
  return {
    files: read.files,
    roadFiles: roads.files,
    notesTo: async (given) => {
      note = given;
      for (const file of reads.splice(0)) await given(file);
    },
  };
}

/**
 * The sandbox's key and the embedded PostgreSQL need the data folder. It, or its nearest existing parent, must be a
 * writable folder.
 */
function faultsOfFolder({ mode, dataDir, databaseUrl }: Config): string[] {
  if (mode !== 'sandbox' && databaseUrl !== undefined) return [];
  let folder = dataDir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    return [
      `DATA_DIR ${dataDir} cannot be made or written to (${(error as NodeJS.ErrnoException).code}). Set it to a folder that this account may write to.`,
    ];
  }
}

/**
 * Faults that cannot be temporary. A folder that is not writable now is reported in `/_status`, and may be available
 * later.
 */
function faultsOfAnchor({ ledgerAnchor }: Config): string[] {
  if (ledgerAnchor === undefined) return [];
  try {
    openAnchor(ledgerAnchor);
  } catch (error) {
    return [(error as Error).message];
  }
  const isFolder = statSync(ledgerAnchor, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder
    ? [`LEDGER_ANCHOR must name a file or an https: address; ${ledgerAnchor} is a folder.`]
    : [];
}

/** `pg` takes an empty file of `sslrootcert` for none, and would trust the public authorities. */
function faultsOfRootCertificates({ databaseUrl, databaseReplicaUrl }: Config): string[] {
  const given = { DATABASE_URL: databaseUrl, DATABASE_REPLICA_URL: databaseReplicaUrl };
  return Object.entries(given).flatMap(([name, url]) => {
    const path = new URLSearchParams(/\?([^#]*)/.exec(url ?? '')?.[1]).get('sslrootcert');
    if (path === null || path === 'system' || path === '') return [];
    const fault = faultOfAuthorities(path);
    return fault === undefined
      ? []
      : [`${name}: sslrootcert must name a PEM file of certificates, and ${path} is none: ${fault}.`];
  });
}
