/** Assembles the dependencies of a submission: a group for each of its steps. */
import type { Policy } from '../engines/access/policy';
import type { VisibilityDependencies } from '../engines/access/visibility';
import type { SearchEngine } from '../engines/search/search';
import { readColumnByIds } from '../engines/store/audit';
import { keysBeyondTheSender, resolverBy } from '../engines/validation/resolve-reference';
import type { Validator } from '../engines/validation/validate';
import type { Patients } from '../definitions/patients';
import type { ResourceDefinition } from '../definitions/resource-definition';
import type { Issue } from '../fhir/issue';
import { deduplicate, limitIssues } from '../fhir/operation-outcome';
import { statusOfSubmission } from '../interfaces/http/status';
import { newId } from '../platform/ids';
import type { KeyedId } from '../platform/keyed-ids';
import type { Reached } from '../engines/store/outbox';
import type { Database, Queryable } from '../platform/postgres';
import { common, guidance } from '../resources';
import { headOf } from '../resources/bundle/search-parameters';
import { provenanceOfSubmission } from '../resources/provenance/of-submission';
import { nhsNumbersIn } from '../use-cases/auditing/nhs-numbers-in';
import { nhsNumbersInBody } from '../use-cases/auditing/nhs-numbers-in-body';
import type { Trail } from '../use-cases/auditing/open-trail';
import { findForSender } from '../use-cases/submitting/conditions/find-for-sender';
import { mayReadStored } from '../use-cases/submitting/conditions/kept-unread';
import { documentsIn } from '../use-cases/submitting/decompose/documents';
import type { SubmitDependencies } from '../use-cases/submitting/dependencies';
import type { Alongside } from '../use-cases/submitting/steps';
import { findSeenPatients } from '../use-cases/submitting/stored-before/hidden';
import {
  failureFacts,
  resendFacts,
  submissionFacts,
  type FactsContext,
} from '../use-cases/submitting/submission-facts';

/** What became of the resources matters more to the sender than remarks on each of them. */
const saysWhatIsStored = ({ rule }: Issue): boolean => rule.startsWith('submission-');

export interface SubmittingParts {
  /** Where submissions are written. */
  database: Database;
  /** Where else is read. */
  readsOn: Database;
  documents: SubmitDependencies['documents'];
  shares: SubmitDependencies['shares'];
  now: () => Date;
  idOfKey: KeyedId;
  definitionOf: (type: string) => ResourceDefinition;
  patients: Patients;
  /** The tables of resources. */
  tables: readonly string[];
  /** The type of a row of each of these tables, as SQL. */
  rowTypes: Readonly<Record<string, string>>;
  validator: Validator;
  maySubmitFor: Policy['maySubmitFor'];
  searchEngine: SearchEngine;
  visibility: VisibilityDependencies;
  patientsBehind: SubmitDependencies['match']['patientsBehind'];
  turnTimeoutMillis: number;
  trail: Trail;
  /** This server, as callers know it. */
  observer: () => string;
  onEnded: NonNullable<SubmitDependencies['onEnded']>;
  /** Makes the rows that are written together with every submission. */
  alongside: Alongside;
  passedOnTo: (db: Queryable, submissions: readonly string[]) => Promise<Reached[]>;
  tracing: SubmitDependencies['tracing'];
}

export function openSubmitting(parts: SubmittingParts): SubmitDependencies {
  const { database, readsOn, now, idOfKey, definitionOf, patients, visibility, trail } = parts;
  const factsContext = (): FactsContext => ({ observer: parts.observer(), nhsNumbersIn });
  return {
    database,
    documents: parts.documents,
    shares: parts.shares,
    newId,
    idOfKey,
    now,
    fhirBase: () => (parts.observer() === '' ? '' : `${parts.observer()}/FHIR/R4`),
    onEnded: parts.onEnded,
    tracing: parts.tracing,
    definitions: {
      definitionOf,
      patients,
      people: common.people,
      isSummary: common.isSummary,
      resolverOf: resolverBy(keysBeyondTheSender(guidance)),
      tables: parts.tables,
      rowTypes: parts.rowTypes,
    },
    validate: {
      validator: parts.validator,
      presentable: (issues) => limitIssues(deduplicate(issues), { comesFirst: saysWhatIsStored }),
    },
    permit: { maySubmitFor: parts.maySubmitFor },
    match: {
      findIds: findForSender(parts.searchEngine, patients, visibility),
      mayRead: mayReadStored(parts.searchEngine, visibility),
      patientsBehind: parts.patientsBehind,
      findSeenPatients: findSeenPatients(patients.table.name, patients.type, visibility),
      turnTimeoutMillis: parts.turnTimeoutMillis,
    },
    decompose: {
      documentsIn: (bundle) => documentsIn(bundle, definitionOf),
      bundleHeadOf: headOf,
      provenanceOf: provenanceOfSubmission,
    },
    commit: {
      statusOf: statusOfSubmission,
      nhsNumbersIn,
      nhsNumbersInBody: (body) => nhsNumbersInBody(body, patients),
      nhsNumbersOf: (ids) => readColumnByIds(readsOn, patients.table.name, patients.table.nhsNumber, ids),
      auditRows: (audit) => [trail.rows(submissionFacts(audit, factsContext()))],
      witness: trail.ledger.witness,
      resendRows: (earlier, received) => [trail.rows(resendFacts(earlier, received, factsContext()))],
      alongside: parts.alongside,
      passedOnTo: parts.passedOnTo,
      onResend: (earlier, received) => trail.record(resendFacts(earlier, received, factsContext())),
      onFailure: (received, how) => trail.record(failureFacts(received, how, factsContext())),
    },
  };
}
