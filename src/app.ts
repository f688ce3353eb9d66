/**
 * The composition root: configuration → database → engines → Express. The only file that knows every part, and the
 * only one that imports `resources/` and hands the definitions down.
 */
import type { PoolConfig } from 'pg';
import { refuseHalfDefinitions } from './app/definitions';
import { sweepStores } from './app/document-stores';
import { profilesOf } from './app/judge';
import { closeListeners, openListeners, type Listeners } from './app/listener';
import { openConsole } from './app/open-console';
import { openEngines } from './app/open-engines';
import { openHttp } from './app/open-http';
import { openRoads } from './app/open-roads';
import { openStore, type Store } from './app/open-store';
import { alone, givenTo, shareOf, type Processes } from './app/processes';
import { openUseCases } from './app/open-use-cases';
import type { AppParts, ServerState } from './app/parts';
import { prepare, type Prepared } from './app/check-settings';
import { version } from './app/version';
import { recordRequests } from './interfaces/http/audit-requests';
import { limitsOf, ownLimits } from './interfaces/http/shared-limits';
import { owners } from './app/what-is-stored';
import type { Config } from './config';
import type { Patients } from './definitions/patients';
import type { Policy } from './engines/access/policy';
import type { Sandbox } from './engines/access/sandbox';
import type { ProfileValidator } from './engines/validation/profiles/create-profile-validator';
import type { Validator } from './engines/validation/validate';
import { newId } from './platform/ids';
import { describeError, type Logger } from './platform/logger';
import { openMetrics, type Metrics } from './platform/metrics/metrics';
import { openTracing } from './platform/open-tracing';
import type { Tracing } from './platform/tracing';
import { sparing } from './platform/warn-sparingly';
import type { ConnectionUse, Database } from './platform/postgres';
import type { AuditingDependencies } from './use-cases/auditing/dependencies';
import type { ReadingDependencies } from './use-cases/reading/dependencies';
import type { SubmitDependencies } from './use-cases/submitting/dependencies';

export { version };
export { openJudge } from './app/judge';
export { openPatients, sealedTables } from './app/what-is-stored';

export interface App {
  database: Database;
  submission: SubmitDependencies;
  patients: Patients;
  /** The dependencies of the use cases in `use-cases/reading/` and `use-cases/auditing/`, for every interface. */
  reading: ReadingDependencies;
  auditing: AuditingDependencies;
  /** Whose data a caller may read, by the site's policy. */
  readRestriction: Policy['readRestriction'];
  validator: Validator;
  sandbox: Sandbox | undefined;
  /** The place of the data, for the banner. */
  databaseLabel: string;
  /** A warning about the standby, for the banner. */
  standbyWarning: string | undefined;
  metrics: Metrics;
  /** How the connections of this process to the database are used. */
  connections(): ConnectionUse;
  /** Begins to listen. @returns the ports; `metricsUrl` where `/metrics` has a port of its own */
  listen(): Promise<{ url: string; port: number; metricsUrl: string | undefined }>;
  /** Stops accepting requests, completes those in progress (30 s at most), then closes the database. */
  stop(): Promise<void>;
}

export interface AppOptions {
  config: Config;
  log: Logger;
  /** The environment, for the secrets that the file of a road names. */
  env?: NodeJS.ProcessEnv;
  /** A database that is migrated and running; the embedded or the configured one unless given. */
  connection?: PoolConfig;
  /** Injected by tests. */
  now?: () => Date;
  /** True to take the port at once, before the database is opened. */
  listens?: boolean;
  /** Whether it is the first process of a node with several, or a worker; otherwise it is alone. */
  processes?: Processes;
  /** Interrupts the start, and ends everything that was started. */
  stop?: AbortSignal;
  /** Injected by tests; otherwise as the variables of OpenTelemetry say. */
  tracing?: Tracing;
  /** False to keep reads and searches out of the audit trail, for the benchmark that measures the cost of the trail. */
  audited?: boolean;
}

/** The order: check the files that the settings name, take the port, open the database, then open the rest. */
export async function createApp(options: AppOptions): Promise<App> {
  const { log, stop, processes = alone } = options;
  const { joined } = processes;
  const config = shareOf(options.config, processes);
  const connection = joined?.connection ?? options.connection;
  refuseHalfDefinitions();
  const prepared = await prepare(config, joined ? quietly(log) : log, options.env ?? {});
  const profiles = await profilesOf(config.fhirPackages);
  const tracing = options.tracing ?? openTracing(config, { version, onProblem: unsentTraces(log) });
  const listeners = options.listens === true ? await openListeners(config, log, processes) : undefined;
  let store: Store | undefined;
  try {
    stop?.throwIfAborted();
    const opening = joined ? { claims: 'claimed already' as const, migrates: false } : { claims: true };
    const onWait = listeners?.api.waitsFor;
    store = await openStore(config, log, { connection, stop, tracing, onWait, ...opening });
    return await compose({ ...options, config, processes, tracing }, prepared, profiles, store, listeners);
  } catch (error) {
    await store?.close();
    await tracing.stop();
    if (listeners) await closeListeners(listeners, 0);
    throw error;
  }
}

/** The first process logs which files are read again. */
const quietly = (log: Logger): Logger => log.child({}, { level: 'warn' });

/** Reports traces that could not be sent, with the kind of the error only. */
function unsentTraces(log: Logger): (error: unknown) => void {
  const report = sparing((text, error: unknown) => log.warn({ err: describeError(error) }, text));
  return (error) =>
    report('could not send traces to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names', error);
}

async function compose(
  options: AppOptions & { tracing: Tracing; processes: Processes },
  prepared: Prepared,
  profiles: ProfileValidator,
  store: Store,
  takenAlready: Listeners | undefined,
): Promise<App> {
  const { config, log, processes } = options;
  const own = ownLimits(config);
  const server: ServerState = { origin: config.baseUrl ?? '', isServing: false };
  const parts: AppParts = {
    ...options,
    now: options.now ?? (() => new Date()),
    prepared,
    profiles,
    store,
    server,
    metrics: openMetrics(),
    limits: processes.joined ? limitsOf(processes.joined.peer, config) : own,
  };
  const engines = await openEngines(parts);
  const useCases = await openUseCases(parts, engines);
  const requests = recordRequests({
    config,
    log,
    trail: engines.trail,
    observer: () => server.origin,
    newId: () => newId(),
    ownersOf: (ids) => owners(store.database, ids),
  });
  const { changes, trail, reindex, access } = engines;
  const roads = await openRoads(parts, engines, useCases);
  const people = await openConsole({ ...parts, roads }, engines, useCases, version);
  const http = openHttp({ ...parts, roads }, engines, useCases, requests.record, { version, people });
  const { workers, joined } = processes;
  const sweep = sweepStores(store.database, store.documents, log, parts.now);
  let listeners = takenAlready;
  return {
    submission: useCases.submission,
    reading: useCases.reading,
    auditing: useCases.auditing,
    database: store.database,
    patients: engines.patients,
    readRestriction: access.policy.readRestriction,
    validator: engines.validator,
    sandbox: access.sandbox,
    databaseLabel: store.label,
    standbyWarning: engines.standby.warning,
    metrics: parts.metrics,
    connections: store.use,
    listen: async () => {
      listeners ??= await openListeners(config, log, processes);
      const { url } = listeners.api;
      server.origin = config.baseUrl ?? joined?.origin ?? url;
      await prepared.notesTo(changes.note);
      listeners.api.serve(http.api);
      listeners.metrics?.serve(http.metricsAlone);
      server.isServing = true;
      trail.ledger.start();
      reindex.start();
      sweep.start();
      roads.start();
      const join = givenTo({ store, server, processes });
      workers?.start((worker) => ({ ...own.answersFor(worker), ...http.answers, join: join(worker) }));
      return { url, port: listeners.api.port, metricsUrl: listeners.metrics?.url };
    },
    stop: async () => {
      server.isServing = false;
      const closed = listeners && closeListeners(listeners, 30_000);
      await Promise.all([roads.stop(), closed, workers?.stop(30_000)]);
      changes.stop();
      await reindex.stop();
      await sweep.stop();
      await requests.stop();
      await trail.stop();
      await store.close();
      await options.tracing.stop();
    },
  };
}
