/**
 * The composition root: configuration → database → engines → Express. The only file that knows every part, and the
 * only one that imports `resources/` and hands the definitions down.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { openAccess } from './access/open-access';
import type { Policy } from './access/policy';
import type { Sandbox } from './access/sandbox';
import type { VisibilityDependencies } from './access/visibility';
import { openTrail } from './auditing/open-trail';
import type { Config } from './config';
import type { Patients } from './definitions/patients';
import type { ResourceDefinition } from './definitions/resource-definition';
import { deduplicate, limitIssues } from './fhir/operation-outcome';
import type { AnyResource } from './fhir/types';
import { bodyReader } from './http/body';
import { auditFactsOf, idsAskedFor } from './http/audit-facts-of';
import { dispatch, type DispatchOptions } from './http/dispatch';
import { everyAnswer } from './http/every-answer';
import { submissionBundle, viewOfSubmissions } from './http/handlers/submission-bundle';
import { cors } from './http/middleware/cors';
import { rateLimit } from './http/middleware/rate-limit';
import { uploads } from './http/middleware/uploads';
import { routes } from './http/routes';
import { listening } from './http/listening';
import { openServer, type ListeningServer } from './http/server';
import { resendFacts, submissionFacts } from './http/submission-facts';
import { counterBehind } from './ledger/check-counter';
import { sealedTablesOf } from './ledger/shape';
import type { TlsFiles } from './http/tls';
import { memoryForRequests } from './http/weight';
import { databaseLabel } from './platform/database-address';
import { startEmbeddedPostgres } from './platform/embedded-postgres';
import { newId } from './platform/ids';
import { describeError, type Logger } from './platform/logger';
import { patientIds } from './platform/patient-id';
import { openDatabase, type Database } from './platform/postgres';
import { watchStandby } from './platform/replication';
import { contentsOf } from './reading/stored-contents';
import { common, guidance, resources, storedResources } from './resources';
import { otherResources } from './resources/other';
import { headOf, storedBundle } from './resources/bundle/stored';
import { isPatientOf } from './resources/patient/of-organisation';
import { createPatients } from './resources/patient/patients';
import { provenance } from './resources/provenance';
import { provenanceOfSubmission } from './resources/provenance/of-submission';
import { createSearchEngine } from './search/search';
import { migrate } from './store/migrate';
import { ownersIn } from './store/owners';
import { secret } from './store/secrets';
import { findSubmission } from './store/submissions';
import type { SubmitDependencies } from './submission/dependencies';
import { documentsIn } from './submission/documents';
import { findForSender } from './submission/find-for-sender';
import { judgeBy } from './submission/judge-by';
import { keysBeyondTheSender, resolverBy } from './validation/resolve-reference';
import type { ProfileValidator } from './validation/profiles/create-profile-validator';
import { loadPackages } from './validation/profiles/load-packages';
import type { Judge } from './validation/judge';
import type { Validator } from './validation/validate';

export const version = (
  JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
).version;

/** Where package.json, openapi/ and examples/ lie: above `src`, or above `dist/src`. */
export function packageRoot(): string {
  const above = join(__dirname, '..');
  return above.endsWith('dist') ? join(above, '..') : above;
}

/** How this database knows patients: their ids follow from its own secret. */
export const openPatients = async (database: Database): Promise<Patients> =>
  createPatients(patientIds(await secret(database, 'patient-id')));

export interface App {
  database: Database;
  submission: SubmitDependencies;
  patients: Patients;
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
  /** False leaves reads and searches out of the audit trail: for the benchmark, which tells what the trail costs. */
  audited?: boolean;
}

/** The patients of whatever ids a request names. */
const owners = ownersIn(storedResources.map(({ table }) => table));
const byType = new Map(storedResources.map((definition) => [definition.type, definition]));

/** What the ledger seals beside submissions: the rows that they list, and those that the server makes of them. */
export const sealedTables = sealedTablesOf(storedResources, [storedBundle, provenance]);

/** The definition of a type that is stored. @throws for a name that is none: validation has refused it before */
export function definitionOf(type: string): ResourceDefinition {
  const definition = byType.get(type);
  if (!definition) throw new Error('a type without a definition');
  return definition;
}

/**
 * Opens the database: the one given, the one configured, or one of our own.
 * @param migrates false leaves the tables as they are, for commands that only look at them
 */
export async function openStore(
  config: Config,
  log: Logger,
  given?: PoolConfig,
  migrates = true,
): Promise<Store> {
  const embedded =
    given === undefined && config.databaseUrl === undefined
      ? await startEmbeddedPostgres({
          dataDir: config.dataDir,
          log: (message, fields) => log.debug(fields ?? {}, message),
        })
      : undefined;
  const connection = given ?? embedded?.connection ?? { connectionString: config.databaseUrl };
  const open = (maxConnections: number, onNoRoom?: () => void): Database =>
    openDatabase(connection, {
      maxConnections,
      connectionTimeoutMillis: config.connectionTimeoutMillis,
      statementTimeoutMillis: config.statementTimeoutMillis,
      onError: (error) => log.warn({ err: describeError(error) }, 'a database connection was lost'),
      onNoRoom,
    });
  const database = open(config.maxConnections - 1);
  const trail = open(1, () => database.makeRoom());
  const close = async (): Promise<void> => {
    await Promise.all([database.close(), trail.close()]);
    await embedded?.stop();
  };
  try {
    if (migrates) await migrate(connection, (message, fields) => log.info(fields ?? {}, message));
    const restored = await counterBehind(database);
    if (restored !== undefined) throw new StartFailure([restored]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    database,
    trail,
    label: embedded
      ? `embedded PostgreSQL ${embedded.version}, files in ${config.dataDir}`
      : `PostgreSQL at ${config.databaseUrl === undefined ? 'a given address' : databaseLabel(config.databaseUrl)}`,
    close,
  };
}

interface Store {
  database: Database;
  /** One connection, on which the audit trail is written: it is always warm, and waits for nobody. */
  trail: Database;
  label: string;
  close: () => Promise<void>;
}

/** The validator, and the judge for those who only ask. @throws StartFailure where a package can't be loaded */
export async function openJudge(
  config: Pick<Config, 'testRangeNhsNumbers' | 'fhirPackages'>,
  idOfPatient?: Patients['idOf'],
): Promise<{ validator: Validator } & Judge> {
  const profiles = await profilesOf(config.fhirPackages);
  return judgeBy({ guidance, common, definitionOf }, profiles, { ...config, idOfPatient });
}

async function profilesOf(packages: readonly string[]): Promise<ProfileValidator> {
  try {
    return await loadPackages(packages);
  } catch (error) {
    throw new StartFailure([`FHIR_PACKAGES can’t be loaded: ${(error as Error).message}`]);
  }
}

export async function createApp({
  config,
  log,
  connection,
  now = () => new Date(),
  audited = true,
}: AppOptions): Promise<App> {
  const store = await openStore(config, log, connection);
  try {
    return await compose(config, log, now, audited, store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function compose(
  config: Config,
  log: Logger,
  now: () => Date,
  audited: boolean,
  store: Store,
): Promise<App> {
  const { database } = store;
  const required = config.requireSynchronous === 'true';
  const wanted = config.mode !== 'sandbox' && config.databaseUrl !== undefined;
  const standby = await watchStandby(database, { required, wanted });
  if (standby.warning !== undefined) log.warn(standby.warning);
  const patients = await openPatients(database);
  const cursorKey = await secret(database, 'search-cursor');
  const { validator, judge } = await openJudge(config, patients.idOf);
  let listener: ListeningServer | undefined;
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
    dataDir: config.dataDir,
    ledgerAnchor: config.ledgerAnchor,
  });

  const opened = await openAccess({ config, database, log, origin: () => origin });
  if (!opened.ok) throw new StartFailure(opened.faults);
  const { access } = opened;

  const bundleOf = async (id: string): Promise<AnyResource | undefined> => {
    const found = await findSubmission(database, id);
    return found && submissionBundle(database, id, found.storedAt);
  };
  const visibility: VisibilityDependencies = {
    definitionFor: (type) => byType.get(type),
    patientsOf: (odsCode, caller) => (alias, bind) =>
      isPatientOf({ odsCode, callerIs: caller.sender }, `${alias}.patient_id`, bind),
    viewOf: (type, caller) => (type === storedBundle.type ? viewOfSubmissions(caller, bundleOf) : undefined),
  };

  const submission: SubmitDependencies = {
    database: standby.database,
    validator,
    definitionOf,
    patients,
    isSummary: common.isSummary,
    resolverOf: resolverBy(keysBeyondTheSender(guidance)),
    tables: [...new Set(Object.values(sealedTables.types))],
    documentsIn: (bundle) => documentsIn(bundle, definitionOf),
    findIds: findForSender(searchEngine, visibility),
    patientsBehind: (ids) => owners(database, ids),
    presentable: (issues) => limitIssues(deduplicate(issues)),
    bundleHeadOf: headOf,
    provenanceOf: provenanceOfSubmission,
    maySubmitFor: access.policy.maySubmitFor,
    auditRows: (audit) => [trail.rows(submissionFacts(audit, origin))],
    witness: trail.ledger.witness,
    onResend: (earlier, received) => trail.record(resendFacts(earlier, received, origin)),
    turnTimeoutMillis: config.statementTimeoutMillis,
    newId,
    now,
  };

  const isSecure = config.tlsCertFile !== undefined || config.baseUrl?.startsWith('https:') === true;
  const openapi = readOpenApi();

  const audit: DispatchOptions['audit'] = async (event, exchange, { status }) => {
    if (!audited || exchange.audit.recorded) return;
    // A stranger names ids, too; nothing is looked up for one.
    const ids = exchange.caller ? idsAskedFor(exchange) : [];
    for (const id of await owners(database, ids)) exchange.audit.patients.add(id);
    await trail.record(auditFactsOf(event, exchange, status));
  };

  const app = dispatch({
    routes: routes({
      ...submission,
      handling: config.handling,
      judge,
      auditPart: audit,
      bundleOf,
      contentsOf: (stored) => contentsOf(database, stored, definitionOf),
      ...visibility,
      searchEngine,
      definitions: resources,
      storedTypes: storedResources.map(({ type }) => type),
      bundleDefinition: storedBundle,
      otherTable: otherResources[0]!.table.name,
      version,
      startedAt: now(),
      openapi: () => openapi,
      health: {
        ...standby.health,
        version,
        isServing: () => serving,
        ledger: () => trail.ledger.health(),
      },
      auditor: { database, patients, newId, ...trail },
      readableTypes: resources.map(({ type }) => type),
      tokenEndpoint: access.tokenEndpoint,
    }),
    verify: access.verify,
    bodies: bodyReader(config),
    work: memoryForRequests(),
    maxAnswerBytes: config.maxAnswerBytes,
    patients,
    before: [cors(config.corsOrigins)],
    headers: everyAnswer(isSecure),
    trustedProxies: config.trustedProxies,
    rateLimit: rateLimit(config.rateLimitPerMinute, Date.now),
    uploads: uploads(config.maxUploadsPerClient),
    reach: access.policy.readRestriction,
    baseUrl: () => origin,
    log,
    audit,
    expectAudit: trail.expect,
    now,
  });

  return {
    database,
    submission,
    patients,
    readRestriction: access.policy.readRestriction,
    validator,
    sandbox: access.sandbox,
    databaseLabel: store.label,
    standbyWarning: standby.warning,
    listen: async () => {
      listener = await openServer(app, {
        ...config,
        tls: tlsFilesOf(config),
        isSecure,
        onProblem: (text) => log.warn(text),
      }).catch((error: unknown) => {
        throw new StartFailure([
          `TLS_CERT_FILE, TLS_KEY_FILE or TLS_CLIENT_CA_FILE can’t be used: ${(error as Error).message}`,
        ]);
      });
      const port = await listening(listener.server, config);
      const host = config.host.includes(':') ? `[${config.host}]` : config.host;
      const scheme = config.tlsCertFile === undefined ? 'http' : 'https';
      const local = `${scheme}://${host === '0.0.0.0' || host === '[::]' ? 'localhost' : host}:${port}`;
      origin = config.baseUrl ?? local;
      serving = true;
      trail.ledger.start();
      return { url: local, port };
    },
    stop: async () => {
      serving = false;
      listener?.release();
      await listener?.close(30_000);
      await trail.stop();
      await store.close();
    },
  };
}

function tlsFilesOf({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: Config): TlsFiles | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  const ca = tlsClientCaFile === undefined ? {} : { clientCaFile: tlsClientCaFile };
  return { certFile: tlsCertFile, keyFile: tlsKeyFile, ...ca };
}

/** Why the server can't start: one sentence for each thing that is wrong. */
export class StartFailure extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'StartFailure';
  }
}

function readOpenApi(): Record<string, unknown> {
  const text = readFileSync(join(packageRoot(), 'openapi', 'homeward.json'), 'utf8');
  return JSON.parse(text) as Record<string, unknown>;
}
