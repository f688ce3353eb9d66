/** Assembles the dependencies of the use cases: submitting, reading and auditing. Every interface uses them. */
import type { VisibilityDependencies } from '../engines/access/visibility';
import { readColumnByIds } from '../engines/store/audit';
import { destinationsReached } from '../engines/store/outbox';
import { findSubmission } from '../engines/store/submissions';
import type { AnyResource } from '../fhir/types';
import { newId } from '../platform/ids';
import { auditEvent, bundle, resources, storedResources } from '../resources';
import { stayDocument } from '../resources/stay-document';
import { stayChart } from '../resources/observation/stay-chart';
import { otherResources } from '../resources/other';
import { isPatientOf } from '../resources/patient/of-organisation';
import type { AuditingDependencies } from '../use-cases/auditing/dependencies';
import { outsideTrail } from '../use-cases/auditing/months/outside';
import type { ForwardRule } from '../use-cases/forwarding/rules';
import type { ReadingDependencies } from '../use-cases/reading/dependencies';
import { submissionBundle, viewOfSubmissions } from '../use-cases/reading/submission';
import type { SubmitDependencies } from '../use-cases/submitting/dependencies';
import { definitionFor, definitionOf } from './definitions';
import { openFhirBodies, type FhirBodies } from './fhir-body';
import type { Engines } from './open-engines';
import { openSubmitting } from './open-submitting';
import type { Policy } from '../engines/access/policy';
import type { AppParts } from './parts';
import { replicaOf } from './read-replica';
import { deliveriesOf } from './passing-on';
import { countSubmissions } from './watch-server';
import { sharesOf } from '../platform/shares';
import { openKeyedIds, owners, rowTypesOf, sealedTables } from './what-is-stored';

export interface UseCases extends FhirBodies {
  submission: SubmitDependencies;
  reading: ReadingDependencies;
  auditing: AuditingDependencies;
  /** A submission as a FHIR Bundle. */
  bundleOf: (submissionId: string) => Promise<AnyResource | undefined>;
}

export async function openUseCases(
  { config, log, now, store, server, prepared, metrics, tracing }: AppParts,
  { standby, patients, searchEngine, trail, access, validator }: Engines,
): Promise<UseCases> {
  const { database } = store;
  const shares = sharesOf(Math.ceil((2 / 3) * database.use().most));
  const bodies = openFhirBodies(database, store.documents);
  const bundleOf = async (id: string): Promise<AnyResource | undefined> => {
    const found = await findSubmission(database, id);
    return found && submissionBundle(bodies.receivedBundle, id, found.storedAt);
  };
  const visibility = visibilityBy(access.policy, bundleOf);
  const forwardRules = (): readonly ForwardRule[] => prepared.roadFiles.forward?.current() ?? [];
  const outside = outsideTrail(database, trail.auditKey);
  for (const sender of access.knownSenders()) metrics.senderKnown('http', sender);
  const submission = openSubmitting({
    database: store.whileOurs(standby.database),
    readsOn: database,
    documents: store.documents,
    shares,
    now,
    idOfKey: await openKeyedIds(database),
    definitionOf,
    patients,
    tables: [...new Set(Object.values(sealedTables.types))],
    rowTypes: rowTypesOf(sealedTables),
    validator,
    maySubmitFor: access.policy.maySubmitFor,
    searchEngine,
    visibility,
    patientsBehind: (ids) => owners(database, ids),
    turnTimeoutMillis: config.statementTimeoutMillis,
    trail,
    observer: () => server.origin,
    onEnded: countSubmissions(metrics),
    alongside: deliveriesOf(forwardRules, { newId, now }),
    passedOnTo: async (db, ids) => (forwardRules().length === 0 ? [] : destinationsReached(db, ids)),
    tracing,
  });
  return {
    submission,
    reading: {
      ...visibility,
      database: standby.database,
      ...(store.standby ? { replica: replicaOf(store.standby, standby.database, { log, metrics }) } : {}),
      shares: { shares, millis: config.connectionTimeoutMillis },
      documentsAtOnce: sharesOf(1),
      documents: store.documents,
      receivedBundle: bodies.receivedBundle,
      searchEngine,
      patients,
      definitions: resources,
      storedTypes: storedResources.map(({ type }) => type),
      otherTable: otherResources[0]!.table.name,
      stayDocument,
      stayChart,
      newId,
      tracing,
      outsideOf: (type) => (type === auditEvent.type ? outside : undefined),
    },
    auditing: {
      database,
      documents: store.documents,
      monthFiles: store.monthFiles,
      patients,
      nhsNumbersOf: (ids) => readColumnByIds(database, patients.table.name, patients.table.nhsNumber, ids),
      newId,
      ...trail,
    },
    bundleOf,
    ...bodies,
  };
}

/** What the site’s policy and the view of submissions let a caller see. */
const visibilityBy = (
  { actingFor }: Pick<Policy, 'actingFor'>,
  bundleOf: (id: string) => Promise<AnyResource | undefined>,
): VisibilityDependencies => ({
  definitionFor,
  patientsOf: (odsCode, caller) => (alias, bind, ofMany) =>
    isPatientOf(
      { odsCode, callerIs: caller.sender, actors: actingFor(odsCode) },
      `${alias}.patient_id`,
      bind,
      ofMany,
    ),
  viewOf: (type, caller) => (type === bundle.type ? viewOfSubmissions(caller, bundleOf) : undefined),
});
