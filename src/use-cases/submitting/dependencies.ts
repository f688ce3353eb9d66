/** The dependencies that `app.ts` passes to a submission, in one group for each step. */
import type { Slices } from '../../fhir/slices';
import type { Policy } from '../../engines/access/policy';
import type { PlainWrite, Witness } from '../../engines/store/commit';
import type { Documents } from '../../engines/store/documents';
import type { OwnersFound } from '../../engines/store/owners';
import type { Reached } from '../../engines/store/outbox';
import type { EmbeddedDocument } from '../../engines/store/submission-body';
import type { Validator } from '../../engines/validation/validate';
import type { Patients } from '../../definitions/patients';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { PeopleNamed } from '../../definitions/other-people';
import type { EntryView } from '../../definitions/rule';
import type { Issue } from '../../fhir/issue';
import type { AnyResource, JsonObject } from '../../fhir/types';
import type { NewId } from '../../platform/ids';
import type { KeyedId } from '../../platform/keyed-ids';
import type { Database, Queryable } from '../../platform/postgres';
import type { Shares } from '../../platform/shares';
import type { Tracing } from '../../platform/tracing';
import type { Earlier } from './recognise/earlier-submissions';
import type { StoredResource } from './stored-before/stored-resource';
import type { Alongside, Received, StoredEntry, SubmissionEnd, Submitted } from './steps';

export interface SubmitDependencies {
  database: Database;
  documents: Pick<Documents, 'put'>;
  /** Each sender's share of the connections. */
  shares: Shares;
  newId: NewId;
  /** Makes an id from the business key of a resource. */
  idOfKey: KeyedId;
  now: () => Date;
  /** The address of this server's FHIR base, as its answers give it; empty before it listens. */
  fhirBase: () => string;
  definitions: SubmissionDefinitions;
  validate: ForValidating;
  permit: ForPermitting;
  match: ForMatching;
  decompose: ForDecomposing;
  commit: ForCommitting;
  /** Called with the end of each submission, whichever interface it came through: for the metrics. */
  onEnded?: (received: Pick<Received, 'door' | 'from'>, submitted: Submitted) => void;
  tracing: Pick<Tracing, 'task' | 'step'>;
}

/** What the definitions of resource types say. */
export interface SubmissionDefinitions {
  definitionOf: (type: string) => ResourceDefinition;
  patients: Patients;
  /** Which references may name a person other than the patient. */
  people: PeopleNamed;
  /** Whether the whole Bundle is about one patient. */
  isSummary: (bundle: AnyResource) => boolean;
  /** The tables of resources; each of them has a history, such as `encounter_history`. */
  tables: readonly string[];
  /** The type of a row of each of these tables, as SQL. */
  rowTypes: Readonly<Record<string, string>>;
  /**
   * Finds the entry that a Reference means, by the guidance's algorithm; undefined when there is none or more than one.
   */
  resolverOf: (
    entries: readonly EntryView[],
  ) => (reference: JsonObject, from: EntryView) => EntryView | undefined;
}

export interface ForValidating {
  validator: Validator;
  /** Prepares issues for the sender: each fault once, in order, and limited in number. */
  presentable: (issues: readonly Issue[]) => Issue[];
}

export interface ForPermitting {
  /** Whether the site's policy lets the caller submit for these custodians. */
  maySubmitFor: Policy['maySubmitFor'];
}

export interface ForMatching {
  /**
   * Returns the ids that a condition finds within what its sender may see (it reads at most two). Returns an issue for
   * a query that it cannot read, or that uses something that the sender may not search.
   */
  findIds: (
    db: Queryable,
    type: string,
    query: string,
    who: Pick<Received, 'caller' | 'reach' | 'asked'>,
  ) => Promise<{ ok: true; ids: string[] } | { ok: false; issues: readonly Issue[] }>;
  /** Whether the sender may read a resource as it is stored now, by its scopes and the site's policy. */
  mayRead: (
    db: Queryable,
    stored: Pick<StoredResource, 'type' | 'id' | 'version'>,
    who: Pick<Received, 'caller' | 'reach'>,
  ) => Promise<boolean>;
  /** The patients of resources of this server, by their ids: for the audit record of conditions. */
  patientsBehind: (ids: readonly string[]) => Promise<OwnersFound>;
  /** Returns those of these patients whose data the site's policy lets the sender see. */
  findSeenPatients: (
    db: Queryable,
    ids: readonly string[],
    who: Pick<Received, 'caller' | 'reach'>,
  ) => Promise<ReadonlySet<string>>;
  /**
   * How long a submission waits for others about the same patient or summary before the answer is 503, in milliseconds.
   */
  turnTimeoutMillis: number;
}

export interface ForDecomposing {
  /** Finds the inline documents of a Bundle. */
  documentsIn: (bundle: AnyResource) => Slices<EmbeddedDocument[]>;
  /** Makes the part of a Bundle that is searched; `first` is the stored result of its first entry. */
  bundleHeadOf: (bundle: AnyResource, first: StoredEntry | undefined) => AnyResource;
  /** Makes the Provenance resource, which records the origin of data. */
  provenanceOf: (record: {
    submissionId: string;
    sender: string;
    recorded: Date;
    written: readonly StoredEntry[];
  }) => AnyResource | undefined;
}

export interface ForCommitting {
  /** The status recorded for a submission. HTTP answers with the same status. */
  statusOf: (end: SubmissionEnd) => number;
  /** Finds the NHS numbers in texts such as conditions. */
  nhsNumbersIn: (texts: Iterable<string>) => Iterable<string>;
  /** Finds the NHS numbers in a body that could not be read as a Bundle. */
  nhsNumbersInBody: (body: string) => Slices<Set<string>>;
  /** The NHS numbers of stored patients, by their ids. */
  nhsNumbersOf: (ids: readonly string[]) => Promise<Map<string, string>>;
  /** Rows of the audit trail that commit together with the submission. */
  auditRows?: (audit: SubmissionAudit) => PlainWrite[];
  /** Remembers the written rows until they are sealed. */
  witness?: Witness;
  /** Records a resend. A resend writes only its audit record. */
  onResend?: (of: Earlier, received: Received) => Promise<void>;
  /** Records an attempt that was not submitted: an internal error, or a message that did not come whole. */
  onFailure?: (received: Received, how: FailedAttempt) => Promise<void>;
  /** The audit rows of a resend, for an interface that writes rows of its own in the same transaction. */
  resendRows?: (of: Earlier, received: Received) => PlainWrite[];
  /** The destinations to which these submissions, or other editions of them, were passed on. */
  passedOnTo?: (db: Queryable, submissions: readonly string[]) => Promise<Reached[]>;
  /** Rows that every interface writes together with a submission, such as deliveries to other systems. */
  alongside?: Alongside;
}

/** How an attempt ended of which nothing was stored. */
export interface FailedAttempt {
  status: number;
  /** Without patient data. */
  remark: string;
  /** The NHS numbers that it names, as far as they are known. */
  nhsNumbers: readonly string[];
}

/** The result of a submission for its audit record, which is written in the same transaction. */
export interface SubmissionAudit {
  received: Received;
  submissionId: string;
  httpStatus: number;
  /** Server ids of the patients concerned: those whose data it wrote or, when it was refused, those that it named. */
  patients: readonly string[];
  /** Their NHS numbers, if known. */
  nhsNumbers: readonly string[];
  /** True when a refused submission named more patients than are recorded. */
  namedMore?: boolean;
  stored: readonly StoredEntry[];
  /** The interaction, if the interface does not give one. */
  interaction?: 'batch';
}
