/** The plan of a submission: the versions that it writes, what it withdraws, and the locks that it needs. */
import type { Issue } from '../../../fhir/issue';
import type { AnyResource } from '../../../fhir/types';
import type { MatchInput } from '../match/match-input';
import type { Stated } from '../steps';
import type { ResolvedEntry } from '../resolve/resolve';
import type { StoredResource } from '../stored-before/stored-resource';

/** One entry, and the version that it becomes. */
export interface PlannedEntry extends ResolvedEntry {
  version: number;
  /** False when the same content is stored already. */
  write: boolean;
  /** The resource as it was sent, where a stored one is answered in its place. */
  sent?: AnyResource;
  /** Set for a Patient whose stored content is what the entry states. */
  restated?: true;
  /** Of a Patient: what the submission itself says. */
  stated?: Stated;
  /**
   * Set when newer content is stored. The entry's content becomes a version of the history. The stored content, from
   * the submission named here, becomes the version after it and stays current.
   */
  lateAfter?: string;
  /** The content that becomes current then, if it is more than what is stored. */
  current?: AnyResource;
}

export interface Plan {
  entries: readonly PlannedEntry[];
  withdrawn: readonly StoredResource[];
  issues: readonly Issue[];
  /** Reasons why a person should review the submission. */
  review: readonly string[];
  /** The patient that the submission is about, where there is just one. */
  patientId: string | null;
  /** Every patient whose data it writes, withdraws or finds, by the server's id: with the NHS number where it is known. */
  patients: ReadonlyMap<string, string | undefined>;
  /** Locks that must be held, so that no other submission changes the same data first. */
  locks: ReadonlySet<string>;
}

/** The state of finding the next versions of a submission's entries. */
export interface Versioning {
  input: MatchInput;
  /** The entries already planned, by their index. */
  done: Map<number, PlannedEntry>;
  /** Issues found so far; more are added. */
  issues: Issue[];
  review: string[];
}
