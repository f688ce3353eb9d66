/**
 * The values that the steps of a submission pass on. Each step takes the type that the previous step returns, so code
 * that skips or reorders steps does not compile. `submit.ts` shows the order.
 */
import type { Caller } from '../../engines/access/caller';
import type { ReadRestriction } from '../../engines/access/policy';
import type { PlainWrite } from '../../engines/store/commit';
import type { Reached } from '../../engines/store/outbox';
import type { EntryView, Handling } from '../../definitions/rule';
import type { FailureCategory, Issue } from '../../fhir/issue';
import type { AnyResource, Json } from '../../fhir/types';
import type { Queryable } from '../../platform/postgres';

/** Which interface a submission came through, as `/submissions` and the audit trail name it. */
export type Door = 'http' | 'cli' | 'mesh' | 'folder' | 'hl7v2';

/** Who sends: the organisation that the caller acts for, and the client that did it. */
export interface Sender {
  /** The ODS code of the caller; without one, `client:<client id>`. */
  sender: string;
  clientId: string;
  userName?: string;
}

/** Where the call came from, for the audit trail. */
export interface Origin {
  address?: string;
  /** What was called, such as `POST /FHIR/R4/Bundle`. */
  target?: string;
  /** The interaction in the audit trail, if it is neither `create` nor `transaction`. */
  interaction?: 'batch' | '$process-message';
}

/** The input from an interface. */
export interface Incoming {
  door: Door;
  /** The caller. Its scopes and the site's policy apply to every interface. */
  caller: Caller;
  /** Whose data the caller may read, by the site's policy. A condition finds no other data. */
  reach: ReadRestriction;
  bytes: Buffer;
  /** The content type that the sender gave; recorded as it is. */
  contentType: string;
  format: 'json' | 'xml';
  handling: Handling;
  requestId?: string;
  origin?: Origin;
  /** Of the retraction of a document: what it states again. What other summaries said stays current. */
  restates?: Restated;
  /** The elements of the Patient that a message empties (the null of HL7 v2), beside leaving them out. */
  emptied?: ReadonlySet<string>;
  /**
   * Of an interface whose messages say more than the Bundle that is made of them: which of these submissions came of a
   * message that states the same. Without it, a Bundle with the same content is a resend.
   */
  cameOfTheSame?: CameOfTheSame;
  /** Makes rows of the interface that are written in the transaction that stores the submission. */
  alongside?: Alongside;
}

/** Called with the submissions of the lineage that have the same content. */
export type CameOfTheSame = (db: Queryable, submissionIds: readonly string[]) => Promise<ReadonlySet<string>>;

/** A summary that is stated again, so that some of its resources can be retracted. */
export interface Restated {
  /** The type of what is retracted, which is as new as the retraction. */
  except: string;
  /** The other entries, by index, that are as new. */
  stated: ReadonlySet<number>;
}

/** How a submission ended, for the rows that are written together with it. */
export interface SubmissionEnding {
  submissionId: string;
  received: Received;
  status: 'accepted' | 'refused' | 'resent';
  /** How it ended, as its record names it; of a resend, `ok`. */
  end: SubmissionEnd;
  /** The issues that the sender is told, in order. */
  issues: readonly Issue[];
  /** The Bundle as it was decoded and repaired; undefined when it could not be decoded. */
  bundle?: AnyResource | undefined;
  /** What it wrote; nothing unless it was accepted now. */
  stored?: readonly StoredEntry[];
  /** What was valid before, and is withdrawn, entered in error or superseded by it. */
  takenBack?: readonly { type: string; id: string }[];
  /** Where what it corrects, changes or withdraws was passed on to. */
  passedOnBefore?: readonly Reached[];
}

/**
 * Rows of other tables, such as the mark of a message or a delivery of the outbox. They are written whether the
 * submission is accepted, refused or resent. A unique violation in them undoes the submission: see `AlreadyHandled`.
 */
export type Alongside = (ending: SubmissionEnding) => readonly PlainWrite[];

export interface Received extends Incoming {
  from: Sender;
  /** The patients that the conditions of the submission asked about; added as the conditions are looked up. */
  asked: Asked;
  id: string;
  receivedAt: Date;
  sha256: Buffer;
}

/** The conditions of a submission for its audit record, which names the patients they asked about, as for a search. */
export interface Asked {
  /** The conditions as written, decoded: `Patient?identifier=…`. */
  conditions: string[];
  /** Server ids of the patients whom a condition named or found. */
  patients: Set<string>;
}

export type BundleKind = 'collection' | 'document' | 'message' | 'transaction' | 'batch';

/** A body decoded as a Bundle. */
export interface DecodedBundle {
  bundle: AnyResource;
  kind: BundleKind;
  /** Notes of the decoder, such as XML children out of order. */
  issues: readonly Issue[];
  /** Reasons why a person should review the submission, which the interface found. */
  remarked?: readonly string[];
}

/** The received body and its Bundle. */
export interface Decoded extends DecodedBundle {
  received: Received;
}

/** A change that repair made to the decoded Bundle. */
export interface RecordedRepair {
  norm: string;
  path: string;
  before: Json;
  after: Json;
}

export interface Repaired extends Decoded {
  /** The Bundle to validate: the decoded Bundle, repaired in place; under strict handling a repaired copy. */
  repaired: AnyResource;
  /** The warnings of the repairs; part of `issues` after validation. */
  remarks: readonly Issue[];
  repairs: readonly RecordedRepair[];
  review: readonly string[];
}

export interface Validated extends Decoded {
  repairs: readonly RecordedRepair[];
  review: readonly string[];
  entries: readonly EntryView[];
  requests: readonly EntryRequest[];
}

/** How one entry is to be written. */
export interface EntryRequest {
  index: number;
  fullUrl?: string;
  resource: AnyResource;
  /** `update` names its target by id; `find` by a search. A plain create has neither. */
  update?: { id: string } | { query: string };
  ifNoneExist?: string;
  ifMatch?: number;
}

/** The result of one entry. */
export interface StoredEntry {
  index: number;
  fullUrl?: string;
  type: string;
  id: string;
  version: number;
  /** False when the same content was stored already. */
  written: boolean;
  created: boolean;
  /** Set for an entry that named what it changes, by an id or a condition (`PUT`, `PATCH`): it made no statement of its own. */
  updated?: true;
  /** Set for a Patient that the submission stated as it was stored: it wrote no version, because nothing differed. */
  restated?: true;
  /**
   * Set for a version that keeps newer content current after older content arrived late: the submission that wrote the
   * content. Such a version does not answer an entry of the Bundle.
   */
  contentOf?: string;
  /** What the submission itself said of a Patient, before anything that is stored was kept. */
  stated?: Stated;
  /** For a transaction: the position of the entry when the entries are ordered by their content. */
  position?: number;
}

/** What one submission said of a patient: in short, to compare it with what others said. */
export interface Stated {
  /** Whether the patient has died, if it said so. */
  dead?: boolean;
  /** A hash of each element by which people know a patient, as far as it was given. */
  values: Readonly<Record<string, string>>;
  /** Set where the submission retracts: it says nothing that others may rely on. */
  retracts?: true;
}

/** How a submission can fail. */
export type SubmissionFailureCategory = Extract<
  FailureCategory,
  | 'unreadable'
  | 'invalid'
  | 'conflict'
  | 'precondition-failed'
  | 'forbidden'
  | 'not-found'
  | 'gone'
  | 'too-large'
>;

/** How a submission ended, as its record names it. */
export type SubmissionEnd = 'created' | 'ok' | SubmissionFailureCategory;

/** A fault of the sender, as a value, with all issues that were found. */
export interface Failure {
  category: SubmissionFailureCategory;
  issues: readonly Issue[];
}

export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const success = <T>(value: T): Result<T> => ({ ok: true, value });
export const failure = (
  category: SubmissionFailureCategory,
  issues: Issue | readonly Issue[],
): { ok: false; failure: Failure } => ({
  ok: false,
  failure: { category, issues: [issues].flat() },
});

/** How a submission ended. */
export interface Receipt {
  submissionId: string;
  /** `stored` now, or `resent`: stored before, by this sender, and answered again. */
  outcome: 'stored' | 'resent';
  kind: BundleKind;
  receivedAt: Date;
  issues: readonly Issue[];
  stored: readonly StoredEntry[];
}

export interface Refusal {
  submissionId: string;
  /** `Bundle.type` as it was sent, where it could be read. */
  bundleType?: string | undefined;
  failure: Failure;
}

/** The end of a submission. */
export type Submitted = { ok: true; receipt: Receipt } | { ok: false; refusal: Refusal };
