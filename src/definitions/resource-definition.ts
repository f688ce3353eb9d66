/** What each folder of `src/resources/` exports, and how much of it each engine needs. @see docs/architecture.md */
import type { AnyResource } from '../fhir/types';
import type { DatatypeRepair, ElementRow, Repair, Rule } from './rule';
import type { Identity, Merge, SearchParameter, TableDefinition } from './table';

/**
 * What Homeward knows of one resource type: a folder of `src/resources/`, handed by `app.ts` to every engine.
 * An engine loops over these and never names a type.
 */
export interface ResourceDefinition {
  /** `Encounter` */
  type: string;
  /** The guidance's section, such as `3.4.4`; absent where the guidance does not describe the type. */
  guidance?: string;
  /** The profile that the guidance names. */
  profile?: string;
  /** What the type is for here, in a sentence or two for readers of the CapabilityStatement. */
  documentation?: string;
  elements: readonly ElementRow[];
  rules: readonly Rule[];
  repairs: readonly Repair[];
  /** What R4 calls an error and the guidance's defect register lets pass with a warning of its own. */
  tolerances?: readonly Tolerance[];
  table: TableDefinition;
  searchParameters: readonly SearchParameter[];
  /** Absent where outside a lineage no two resources are the same one. */
  identity?: Identity;
  /** Where the type is shared by every sender: how what is stored and what is sent become one. */
  merge?: Merge;
  /** True of a type that this server alone writes: a sender that sends one is refused, with this sentence. */
  notTaken?: string;
  /**
   * Why everybody who has the scope reads the type, whatever the site's policy says of patients. Absent where the policy
   * holds: only what belongs to a patient of the reader's organisation is there for it. A type is closed unless it is
   * known that it says nothing of patients.
   */
  openUnderPolicy?: string;
  /** Whether a correction that no longer carries it withdraws it. Patients and Organizations stay. */
  withdrawable: boolean;
  /** Whether a read needs this scope's type; `Binary` follows `DocumentReference`. */
  scopeType?: string;
}

/** What the engines of validation need to know of a type. Bundle has this much and no table: it is the submission. */
export type GuidanceDefinition = Pick<
  ResourceDefinition,
  'type' | 'guidance' | 'profile' | 'elements' | 'rules' | 'repairs' | 'tolerances' | 'identity'
>;

/** An R4 invariant or pattern that is not held against one element, because a rule or repair of ours speaks of it. */
export interface Tolerance {
  /** The element's path below the resource, without indexes: `contact.telecom`. */
  path: string;
  /** The id of the structure rule (`cpt-2`) or of the check (`r4-value`). */
  structure: string;
  /** The rule or Norm that speaks instead: `telecom-no-system`. */
  instead: string;
}

/** What holds of every resource type, whether it has a folder or not: `src/resources/common/`. */
export interface CommonDefinition {
  rules: readonly Rule[];
  repairs: readonly DatatypeRepair[];
  /** Whether the guidance's rules for the Bundle apply (semantics, «Words»: summary). */
  isSummary(bundle: AnyResource): boolean;
}
