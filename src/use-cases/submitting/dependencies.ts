/** What a submission is given by `app.ts`: for each step its own group. */
import type { Policy } from '../../engines/access/policy';
import type { PlainWrite, Witness } from '../../engines/store/commit';
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
import type { Earlier } from './recognise/earlier-submissions';
import type { Received, StoredEntry, SubmissionEnd } from './steps';

export interface SubmitDependencies {
  database: Database;
  newId: NewId;
  /** The id that follows from what a resource of a type is known by. */
  idOfKey: KeyedId;
  now: () => Date;
  definitions: SubmissionDefinitions;
  validate: ForValidating;
  permit: ForPermitting;
  match: ForMatching;
  decompose: ForDecomposing;
  commit: ForCommitting;
}

/** What the definitions of resource types say. */
export interface SubmissionDefinitions {
  definitionOf: (type: string) => ResourceDefinition;
  patients: Patients;
  /** Which references may name another person than the patient. */
  people: PeopleNamed;
  /** Whether the Bundle is about one patient, all of it. */
  isSummary: (bundle: AnyResource) => boolean;
  /** The tables of resources; each of them has a history, such as `encounter_history`. */
  tables: readonly string[];
  /** The entry that a Reference means, by the guidance's algorithm; undefined where none or several. */
  resolverOf: (
    entries: readonly EntryView[],
  ) => (reference: JsonObject, from: EntryView) => EntryView | undefined;
}

export interface ForValidating {
  validator: Validator;
  /** Issues as the sender reads them: one fault once, in order, not too many. */
  presentable: (issues: readonly Issue[]) => Issue[];
}

export interface ForPermitting {
  /** Whether the site's policy lets the caller submit for these custodians. */
  maySubmitFor: Policy['maySubmitFor'];
}

export interface ForMatching {
  /**
   * Ids of the resources that a condition finds of what its sender may see (two at most are asked for). A query that it
   * can't read, or that reaches into what the sender may not search, is an issue.
   */
  findIds: (
    db: Queryable,
    type: string,
    query: string,
    who: Pick<Received, 'caller' | 'reach' | 'asked'>,
  ) => Promise<{ ok: true; ids: string[] } | { ok: false; issues: readonly Issue[] }>;
  /** The patients of resources of this server, by their ids: for the audit record of conditions. */
  patientsBehind: (ids: readonly string[]) => Promise<string[]>;
  /** Of these patients, those whose data the site's policy lets the sender see. */
  findSeenPatients: (
    db: Queryable,
    ids: readonly string[],
    who: Pick<Received, 'caller' | 'reach'>,
  ) => Promise<ReadonlySet<string>>;
  /** How long a submission waits for others about the same patient or summary before it is answered 503. */
  turnTimeoutMillis: number;
}

export interface ForDecomposing {
  /** The documents that stand inline in a Bundle. */
  documentsIn: (bundle: AnyResource) => EmbeddedDocument[];
  /** What of a Bundle is searched by; `first` is what its first entry has become. */
  bundleHeadOf: (bundle: AnyResource, first: StoredEntry | undefined) => AnyResource;
  /** The record of who made what; a resource of its own. */
  provenanceOf: (record: {
    submissionId: string;
    sender: string;
    recorded: Date;
    written: readonly StoredEntry[];
  }) => AnyResource | undefined;
}

export interface ForCommitting {
  /** The status that a submission is recorded with: the one that HTTP answers. */
  statusOf: (end: SubmissionEnd) => number;
  /** The NHS numbers that texts name, such as conditions. */
  nhsNumbersIn: (texts: Iterable<string>) => Iterable<string>;
  /** The NHS numbers that a body names, of which no Bundle could be read. */
  nhsNumbersInBody: (body: string) => Iterable<string>;
  /** The NHS numbers of stored patients, by their ids. */
  nhsNumbersOf: (ids: readonly string[]) => Promise<Map<string, string>>;
  /** Rows of the audit trail that commit together with the submission. */
  auditRows?: (audit: SubmissionAudit) => PlainWrite[];
  /** Takes note of what is written, until it is sealed. */
  witness?: Witness;
  /** A resend writes nothing but its audit record. */
  onResend?: (of: Earlier, received: Received) => Promise<void>;
}

/** What became of a submission, for its audit record; written in the same transaction. */
export interface SubmissionAudit {
  received: Received;
  submissionId: string;
  httpStatus: number;
  /** Server ids of the patients concerned: those whose data it wrote, or whom it named where it was refused. */
  patients: readonly string[];
  /** Their NHS numbers, as far as they are known. */
  nhsNumbers: readonly string[];
  /** True where a refused one named more patients than are recorded. */
  namedMore?: boolean;
  stored: readonly StoredEntry[];
  /** What it is called where its interface does not say. */
  interaction?: 'batch';
}
