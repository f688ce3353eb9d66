/** The plan of a submission: which versions it writes and what it withdraws, and the locks under which that holds. */
import type { Issue } from '../../../fhir/issue';
import type { AnyResource } from '../../../fhir/types';
import type { MatchInput } from '../match/match-input';
import type { ResolvedEntry } from '../resolve/resolve';
import type { StoredResource } from '../stored-before/stored-resource';

/** One entry, and the version that it becomes. */
export interface PlannedEntry extends ResolvedEntry {
  version: number;
  /** False where it is stored already and nothing differs. */
  write: boolean;
  /**
   * Set where newer content is stored: this content becomes a version of the history, and the stored content, of the
   * submission named here, becomes the version after it and stays current.
   */
  lateAfter?: string;
  /** What then becomes current, where that is more than what is stored. */
  current?: AnyResource;
}

export interface Plan {
  entries: readonly PlannedEntry[];
  withdrawn: readonly StoredResource[];
  issues: readonly Issue[];
  /** Why a person should look at the submission. */
  review: readonly string[];
  /** The patient that the submission is about, where there is just one. */
  patientId: string | null;
  /** Every patient whose data it writes, withdraws or finds, by the server's id: with the NHS number where it is known. */
  patients: ReadonlyMap<string, string | undefined>;
  /** Locks without which the plan could be overtaken. */
  locks: ReadonlySet<string>;
}

/** What finding the next version of one entry takes. */
export interface Versioning {
  input: MatchInput;
  /** The entries before it, by their index. */
  done: Map<number, PlannedEntry>;
  /** Filled in as versions are found. */
  issues: Issue[];
  review: string[];
}
