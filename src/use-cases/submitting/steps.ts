/**
 * What each step of a submission hands to the next. A step takes the type of the one before, so that none can be
 * skipped or swapped and still compile; `submit.ts` holds the order.
 */
import type { Caller } from '../../engines/access/caller';
import type { ReadRestriction } from '../../engines/access/policy';
import type { EntryView, Handling } from '../../definitions/rule';
import type { FailureCategory, Issue } from '../../fhir/issue';
import type { AnyResource, Json } from '../../fhir/types';

/** Which interface a submission came through, as `/submissions` and the audit trail name it. */
export type Door = 'http' | 'cli' | 'mesh' | 'folder' | 'hl7v2';

/** Who sends: the organisation that the caller acts for, and the client that did it. */
export interface Sender {
  /** The ODS code of the caller; without one, `client:<client id>`. */
  sender: string;
  clientId: string;
  userName?: string;
}

/** From where the call came, as the audit trail is to know it. */
export interface Origin {
  address?: string;
  /** What was called, such as `POST /FHIR/R4/Bundle`. */
  target?: string;
  /** What the audit trail calls it, where that is neither `create` nor `transaction`. */
  interaction?: 'batch' | '$process-message';
}

/** What an interface hands in. */
export interface Incoming {
  door: Door;
  /** On whose behalf everything is done: its scopes and the site's policy hold for every interface. */
  caller: Caller;
  /** Whose data the caller may read, as the site's policy decides it: a condition finds no other. */
  reach: ReadRestriction;
  bytes: Buffer;
  /** As the sender named it; recorded. */
  contentType: string;
  format: 'json' | 'xml';
  handling: Handling;
  requestId?: string;
  origin?: Origin;
}

export interface Received extends Incoming {
  from: Sender;
  /** Whom the conditions of the submission asked about; filled in as they are looked up. */
  asked: Asked;
  id: string;
  receivedAt: Date;
  sha256: Buffer;
}

/** What the audit record says of the conditions of a submission: a question names its patient like a search. */
export interface Asked {
  /** The conditions as they are written, decoded: `Patient?identifier=…`. */
  conditions: string[];
  /** Server ids of the patients whom a condition named or found. */
  patients: Set<string>;
}

export type BundleKind = 'collection' | 'document' | 'message' | 'transaction' | 'batch';

/** A body as a Bundle. */
export interface DecodedBundle {
  bundle: AnyResource;
  kind: BundleKind;
  /** Remarks of the decoder, such as XML children out of order. */
  issues: readonly Issue[];
}

/** What was received, and its Bundle. */
export interface Decoded extends DecodedBundle {
  received: Received;
}

/** A change made to the working copy on the way in. */
export interface RecordedRepair {
  norm: string;
  path: string;
  before: Json;
  after: Json;
}

export interface Repaired extends Decoded {
  /** What is validated: the Bundle itself, repaired in place; under strict handling a repaired copy of it. */
  repaired: AnyResource;
  /** What the repairs say; part of `issues` after validation. */
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

/** What became of one entry. */
export interface StoredEntry {
  index: number;
  fullUrl?: string;
  type: string;
  id: string;
  version: number;
  /** False where the resource was there already and nothing differed. */
  written: boolean;
  created: boolean;
  /**
   * Of the version that keeps newer content current, after older content came late: the submission that the content
   * is of. Such an entry answers no entry of the Bundle.
   */
  contentOf?: string;
  /** Of a transaction: where the entry comes in the order that the entries' content gives. */
  position?: number;
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

/** A fault of the sender: a value, with every issue there is to tell. */
export interface Failure {
  category: SubmissionFailureCategory;
  issues: readonly Issue[];
}

export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const success = <T>(value: T): Result<T> => ({ ok: true, value });
export const failure = (
  category: SubmissionFailureCategory,
  ...issues: Issue[]
): { ok: false; failure: Failure } => ({
  ok: false,
  failure: { category, issues },
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
