/** Opens the engines over an open database: patients, validation, search, the audit trail with its ledger, and access. */
import type { Patients } from '../definitions/patients';
import { openAccess, type Access } from '../engines/access/open-access';
import { createSearchEngine, type SearchEngine } from '../engines/search/search';
import { secret } from '../engines/store/secrets';
import { newId } from '../platform/ids';
import { describeError } from '../platform/logger';
import { watchStandby } from '../platform/replication';
import { sparing } from '../platform/warn-sparingly';
import { storedResources } from '../resources';
import { createChangeNotes } from '../use-cases/auditing/note-changes';
import { openTrail, type Trail } from '../use-cases/auditing/open-trail';
import type { OpenedJudge } from '../use-cases/submitting/validate/create-validators';
import type { BackgroundReindex } from './background-reindex';
import { keepIndexed, pendingResources, waitingReindex } from './indexed-resources';
import { judgeWith } from './judge';
import type { AppParts } from './parts';
import { StartFailure } from './start-failure';
import { scopeRules } from './definitions';
import { openPatients, sealedTables } from './what-is-stored';

export interface Engines extends OpenedJudge {
  standby: Awaited<ReturnType<typeof watchStandby>>;
  patients: Patients;
  searchEngine: SearchEngine;
  trail: Trail;
  access: Access;
  /** Records changes of clients, policy and keys. */
  changes: ReturnType<typeof createChangeNotes>;
  reindex: BackgroundReindex;
}

/** The caller in the audit record of what the server does itself, such as noticing a change of the policy. */
export const ITSELF = { clientId: 'homeward', sender: 'client:homeward' };

/** @throws StartFailure when an access file cannot be used */
export async function openEngines(parts: AppParts): Promise<Engines> {
  const { config, log, now, stop, prepared, profiles, store, server, metrics, tracing } = parts;
  const isWorker = parts.processes.joined !== undefined;
  const { database } = store;
  const reindex = isWorker ? waitingReindex(database, log) : await keepIndexed(database, log, stop);
  const standby = await watchStandby(database, {
    required: config.requireSynchronous === 'true',
    wanted: config.mode !== 'sandbox' && config.databaseUrl !== undefined,
  });
  if (standby.warning !== undefined && !isWorker) log.warn(standby.warning);
  const patients = await openPatients(database);
  const searchEngine = createSearchEngine(storedResources, {
    cursorKey: await secret(database, 'search-cursor'),
    patients,
    get baseUrl() {
      return `${server.origin}/FHIR/R4`;
    },
    now,
    tracing,
  });
  const trail = await openTrail({
    database,
    writesOn: store.trail,
    log,
    now,
    newId,
    patients,
    sealed: sealedTables,
    pending: () => pendingResources(database),
    documents: store.documents,
    monthFiles: store.monthFiles,
    dataDir: config.dataDir,
    isSandbox: config.mode === 'sandbox',
    ledgerAnchor: config.ledgerAnchor,
    seals: !isWorker,
    onWritten: metrics.auditWritten,
  });
  const opened = await openAccess({
    config,
    files: prepared.files,
    database,
    log,
    origin: () => server.origin,
    scopeRules,
  });
  if (!opened.ok) throw new StartFailure(opened.faults);
  const changes = createChangeNotes({
    database,
    rows: trail.rows,
    by: () => ({ caller: ITSELF, observer: server.origin, newId: () => newId(undefined, now().getTime()) }),
    onProblem: sparing((text, error: unknown) => log.warn({ err: describeError(error) }, text)),
    // The first process of a node says of each file that it has read it again.
    onRecorded: isWorker
      ? ({ name, sha256 }) => log.info({ file: name, sha256 }, 'file read again')
      : undefined,
  });
  return {
    ...judgeWith(config, profiles, patients.idOf),
    standby,
    patients,
    searchEngine,
    trail,
    access: opened.access,
    changes,
    reindex,
  };
}
