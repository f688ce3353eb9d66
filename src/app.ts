/**
 * The composition root: configuration → database → engines → Express. The only file that knows every part, and the
 * only one that imports `resources/` and hands the definitions down.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { openAccess } from './engines/access/open-access';
import type { Policy } from './engines/access/policy';
import { isSecure, openListener, type Listener } from './app/listener';
import { keepIndexed, pendingResources } from './app/indexed-resources';
import type { ProfileValidator } from './engines/validation/profiles/create-profile-validator';
import { definitionFor, definitionOf, judgeWith, profilesOf } from './app/judge';
import { openStore, type Store } from './app/open-store';
import { openSubmitting } from './app/open-submitting';
import { prepare, type Prepared } from './app/prepare';
import { recordRequests } from './app/record-requests';
import { StartFailure } from './app/start-failure';
import { createChangeNotes } from './use-cases/auditing/note-changes';
import type { Sandbox } from './engines/access/sandbox';
import type { VisibilityDependencies } from './engines/access/visibility';
import { openTrail } from './use-cases/auditing/open-trail';
import type { Config } from './config';
import { faultsOfDefinitions } from './definitions/complete';
import type { Patients } from './definitions/patients';
import type { AnyResource } from './fhir/types';
import { bodyReader } from './interfaces/http/body';
import { dispatch } from './interfaces/http/dispatch';
import { everyAnswer } from './interfaces/http/every-answer';
import { cors } from './interfaces/http/middleware/cors';
import { whileOurs } from './interfaces/http/middleware/while-ours';
import { rateLimit } from './interfaces/http/middleware/rate-limit';
import { uploads } from './interfaces/http/middleware/uploads';
import { routes } from './interfaces/http/routes';
import { sealedTablesOf } from './engines/ledger/sealed-tables';
import { memoryForRequests } from './interfaces/http/weight';
import { diskSpaceAt } from './platform/disk-space';
import { newId } from './platform/ids';
import { packageRoot } from './platform/package-root';
import { describeError, type Logger } from './platform/logger';
import { keyedIds, type KeyedId } from './platform/keyed-ids';
import type { Database } from './platform/postgres';
import { sparing } from './platform/sparing';
import { watchStandby } from './platform/replication';
import type { AuditingDependencies } from './use-cases/auditing/dependencies';
import type { ReadingDependencies } from './use-cases/reading/dependencies';
import { contentsOf } from './use-cases/reading/stored-contents';
import { submissionBundle, viewOfSubmissions } from './use-cases/reading/submission';
import { bundle, common, guidance, resources, storedResources } from './resources';
import { otherResources } from './resources/other';
import { stayDocument } from './resources/encounter/stay-document';
import { isPatientOf } from './resources/patient/of-organisation';
import { createPatients } from './resources/patient/patients';
import { provenance } from './resources/provenance';
import { createSearchEngine } from './engines/search/search';
import { ownersIn } from './engines/store/owners';
import { secret } from './engines/store/secrets';
import { findSubmission } from './engines/store/submissions';
import type { SubmitDependencies } from './use-cases/submitting/dependencies';
import type { Validator } from './engines/validation/validate';

export { definitionOf, openJudge } from './app/judge';

export const version = (
  JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
).version;

/** Ids that follow from a key, by this database's own secret. */
const openKeyedIds = async (database: Database): Promise<KeyedId> =>
  keyedIds(await secret(database, 'resource-ids'));

/** How this database knows patients. */
export const openPatients = async (database: Database): Promise<Patients> => {
  const idOfKey = await openKeyedIds(database);
  return createPatients((nhsNumber) => idOfKey('nhs-number', nhsNumber));
};

export interface App {
  database: Database;
  submission: SubmitDependencies;
  patients: Patients;
  /** What the use cases of `use-cases/reading/` and `use-cases/auditing/` are called with, by any interface. */
  reading: ReadingDependencies;
  auditing: AuditingDependencies;
  /** Whose data a caller may read, as the site's policy decides it. */
  readRestriction: Policy['readRestriction'];
  validator: Validator;
  sandbox: Sandbox | undefined;
  /** Where the data lies, for the banner. */
  databaseLabel: string;
  /** What the operator should know of the standby, for the banner. */
  standbyWarning: string | undefined;
  /** Begins to listen. @returns the port */
  listen(): Promise<{ url: string; port: number }>;
  /** Stops accepting, finishes what is in flight (30 s at most), then closes the database. */
  stop(): Promise<void>;
}

export interface AppOptions {
  config: Config;
  log: Logger;
  /** A database that is migrated and running already; the embedded or the configured one unless given. */
  connection?: PoolConfig;
  /** Injected by tests. */
  now?: () => Date;
  /** True takes the port at once, before the database is touched. */
  listens?: boolean;
  /** Breaks the start off, and ends whatever has been started. */
  stop?: AbortSignal;
  /** False leaves reads and searches out of the audit trail: for the benchmark, which tells what the trail costs. */
  audited?: boolean;
}

/** Who has seen a change of clients, policy or keys. */
const ITSELF = { clientId: 'homeward', sender: 'client:homeward' };

/** The patients of whatever ids a request names. */
const owners = ownersIn(storedResources.map(({ table }) => table));

/** What the ledger seals beside submissions: the rows that they list, and those that the server makes of them. */
export const sealedTables = sealedTablesOf(storedResources, [bundle, provenance]);

/** @throws StartFailure where a definition is there twice or half */
function refuseHalfDefinitions(): void {
  const faults = faultsOfDefinitions({ guidance, stored: storedResources, common });
  if (faults.length > 0) throw new StartFailure(faults);
}

/** In this order: what the settings name is looked at, the port is taken, the database is opened, the rest put together. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, log, connection, stop } = options;
  refuseHalfDefinitions();
  const prepared = await prepare(config, log);
  const profiles = await profilesOf(config.fhirPackages);
  const listener = options.listens === true ? await openListener(config, log) : undefined;
  let store: Store | undefined;
  try {
    stop?.throwIfAborted();
    store = await openStore(config, log, { connection, stop, claims: true });
    return await compose(options, prepared, profiles, store, listener);
  } catch (error) {
    await store?.close();
    await listener?.close(0);
    throw error;
  }
}

async function compose(
  { config, log, stop, now = () => new Date(), audited = true }: AppOptions,
  prepared: Prepared,
  profiles: ProfileValidator,
  store: Store,
  takenAlready: Listener | undefined,
): Promise<App> {
  const { database } = store;
  const reindex = await keepIndexed(database, log, stop);
  const required = config.requireSynchronous === 'true';
  const wanted = config.mode !== 'sandbox' && config.databaseUrl !== undefined;
  const standby = await watchStandby(database, { required, wanted });
  if (standby.warning !== undefined) log.warn(standby.warning);
  const patients = await openPatients(database);
  const cursorKey = await secret(database, 'search-cursor');
  const { validator, judge } = judgeWith(config, profiles, patients.idOf);
  let listener = takenAlready;
  let serving = false;
  let origin = config.baseUrl ?? '';
  const searchEngine = createSearchEngine(storedResources, {
    cursorKey,
    patients,
    get baseUrl() {
      return `${origin}/FHIR/R4`;
    },
    now,
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
    dataDir: config.dataDir,
    isSandbox: config.mode === 'sandbox',
    ledgerAnchor: config.ledgerAnchor,
  });

  const opened = await openAccess({
    config,
    files: prepared.files,
    database,
    log,
    origin: () => origin,
  });
  if (!opened.ok) throw new StartFailure(opened.faults);
  const { access } = opened;
  const changes = createChangeNotes({
    database,
    rows: trail.rows,
    by: () => ({ caller: ITSELF, observer: origin, newId: () => newId(undefined, now().getTime()) }),
    onProblem: sparing((text, error: unknown) => log.warn({ err: describeError(error) }, text)),
  });

  const bundleOf = async (id: string): Promise<AnyResource | undefined> => {
    const found = await findSubmission(database, id);
    return found && submissionBundle(database, id, found.storedAt);
  };
  const visibility: VisibilityDependencies = {
    definitionFor,
    patientsOf: (odsCode, caller) => (alias, bind) =>
      isPatientOf({ odsCode, callerIs: caller.sender }, `${alias}.patient_id`, bind),
    viewOf: (type, caller) => (type === bundle.type ? viewOfSubmissions(caller, bundleOf) : undefined),
  };

  const submission = openSubmitting({
    database: store.whileOurs(standby.database),
    readsOn: database,
    now,
    idOfKey: await openKeyedIds(database),
    definitionOf,
    patients,
    tables: [...new Set(Object.values(sealedTables.types))],
    validator,
    maySubmitFor: access.policy.maySubmitFor,
    searchEngine,
    visibility,
    patientsBehind: (ids) => owners(database, ids),
    turnTimeoutMillis: config.statementTimeoutMillis,
    trail,
    observer: () => origin,
  });

  const openapi = readOpenApi();
  const disks = [config.dataDir, ...(store.folder === undefined ? [] : [store.folder])];

  const requests = recordRequests({
    config,
    log,
    trail,
    observer: () => origin,
    newId: () => newId(),
    ownersOf: (ids) => owners(database, ids),
  });
  const record = audited ? requests.record : async () => undefined;
  const storedTypes = storedResources.map(({ type }) => type);
  const reading: ReadingDependencies = {
    ...visibility,
    database: standby.database,
    searchEngine,
    patients,
    definitions: resources,
    storedTypes,
    otherTable: otherResources[0]!.table.name,
    stayDocument,
    newId,
  };

  const auditing: AuditingDependencies = { database, patients, newId, ...trail };

  const app = dispatch({
    routes: routes({
      submitting: {
        ...submission,
        presentable: submission.validate.presentable,
        handling: config.handling,
        judge,
        bundleOf,
        contentsOf: (stored) => contentsOf(database, stored, definitionOf),
      },
      reading,
      auditing,
      access: { tokenEndpoint: access.tokenEndpoint, readableTypes: resources.map(({ type }) => type) },
      pages: {
        definitions: resources,
        storedTypes,
        bundleDefinition: bundle,
        definitionFor: visibility.definitionFor,
        version,
        startedAt: now(),
        openapi: () => openapi,
        mode: config.mode,
        health: {
          ...standby.health,
          version,
          isServing: () => serving && store.sandbox?.isLost !== true,
          ledger: () => trail.ledger.health(),
          reindex: reindex.health,
          node: async () => ({
            connections: store.use(),
            disks: await Promise.all(disks.map(diskSpaceAt)),
          }),
        },
      },
      recordEntry: record,
    }),
    verify: access.verify,
    bodies: bodyReader(config),
    work: memoryForRequests(),
    maxAnswerBytes: config.maxAnswerBytes,
    patients,
    before: [cors(config.corsOrigins), whileOurs(store.sandbox)],
    headers: everyAnswer(isSecure(config)),
    trustedProxies: config.trustedProxies,
    rateLimit: rateLimit(config.rateLimitPerMinute, Date.now),
    uploads: uploads(config.maxUploadsPerClient),
    reach: access.policy.readRestriction,
    baseUrl: () => origin,
    log,
    audit: record,
    expectAudit: trail.expect,
    now,
  });

  return {
    database,
    submission,
    reading,
    auditing,
    patients,
    readRestriction: access.policy.readRestriction,
    validator,
    sandbox: access.sandbox,
    databaseLabel: store.label,
    standbyWarning: standby.warning,
    listen: async () => {
      listener ??= await openListener(config, log);
      const { url, port } = listener;
      origin = config.baseUrl ?? url;
      await prepared.notesTo(changes.note);
      listener.serve(app);
      serving = true;
      trail.ledger.start();
      reindex.start();
      return { url, port };
    },
    stop: async () => {
      serving = false;
      await listener?.close(30_000);
      changes.stop();
      await reindex.stop();
      await requests.stop();
      await trail.stop();
      await store.close();
    },
  };
}

function readOpenApi(): Record<string, unknown> {
  const text = readFileSync(join(packageRoot(), 'openapi', 'homeward.json'), 'utf8');
  return JSON.parse(text) as Record<string, unknown>;
}
