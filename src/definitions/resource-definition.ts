/** What each folder of `src/resources/` exports, and how much of it each engine needs. @see docs/architecture.md */
import type { AnyResource } from '../fhir/types';
import type { OtherPerson, PeopleNamed } from './other-people';
import type { DatatypeRepair, ElementRow, ReferenceElement, Repair, Rule } from './rule';
import type { Identity, Merge, SearchParameter, TableDefinition } from './table';

/**
 * What Homeward knows of one resource type: a folder of `src/resources/`, handed by `app.ts` to every engine.
 * An engine loops over these and never names a type. What another part needs to know of a type is a field here, and
 * every list of types is computed from it; `complete.ts` refuses, at start, a definition that is there twice or half.
 */
export interface ResourceDefinition {
  /** `Encounter` */
  type: string;
  /** The guidance's section, such as `3.4.4`; absent where the guidance does not describe the type. */
  guidance?: string;
  /**
   * True of a type that the guidance describes, or whose form in a document or message Bundle is checked: it has rules.
   * For any other type, the sender gets an information that it is checked against R4 only.
   */
  described?: true;
  /** How the ids of its rules and rows begin. */
  ruleIds?: readonly RuleIds[];
  /** The rows of the guidance's tables that have no rule or row of their own. */
  excused?: readonly Excuse[];
  /** The profile that the guidance names. */
  profile?: string;
  /** What the type is for here, in a sentence or two for readers of the CapabilityStatement. */
  documentation?: string;
  elements: readonly ElementRow[];
  rules: readonly Rule[];
  repairs: readonly Repair[];
  /** Faults that are errors in R4, and that the guidance's defect register allows with a warning. */
  tolerances?: readonly Tolerance[];
  /** The references of which section 8 of the guidance's rules speaks. */
  references?: readonly ReferenceElement[];
  /** The references that may name another person than the patient, by path (`activity.detail.performer`). */
  otherPeople?: Readonly<Record<string, OtherPerson>>;
  /**
   * The element that says whose the resource is though R4 lets it lead to anything, such as `subject`: what leads
   * nowhere there, or names somebody by an identifier, is taken for a patient, as where R4 names Patient itself.
   */
  subjectOfAnyType?: string;
  table: TableDefinition;
  searchParameters: readonly SearchParameter[];
  /** Absent where outside a lineage no two resources are the same one. */
  identity?: Identity;
  /** Where the type is shared by every sender: how what is stored and what is sent become one. */
  merge?: Merge;
  /** Of a shared type: the most megabytes of its JSON, because every later submission about it reads it. */
  mostMegabytes?: number;
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
  /** How SMART scopes treat the type, if it is special. Absent if `*` includes it and it has its own scopes. */
  scope?: ScopeOfType;
  /** True where one of them makes a transaction a summary. */
  makesASummary?: true;
  /** True where an organisation that has stored one of a patient takes part in the patient's care. */
  showsCare?: true;
  /**
   * `false` where it says nothing about a patient though it belongs to one: it describes another person or a device, or
   * how other resources were sent.
   */
  isAboutPatient?: false;
  /** Where it goes in the document of a stay (`Encounter/<id>/$summary`); absent: into the section `Also sent`. */
  inDocument?: PlaceInDocument;
  /** `false` where the CapabilityStatement does not list the type among those that are searched. */
  isListed?: false;
}

/**
 * `named`: only a scope that names the type grants it, `*` does not. `follows`: whoever may read that type may read this
 * one, which has no scopes of its own.
 */
export type ScopeOfType = 'named' | { follows: string };

/**
 * `section`: the title of its section. `head`: the Composition refers to it by elements of its own, such as `subject`.
 * `left-out`: the document does not carry it.
 */
export type PlaceInDocument = { section: string } | 'head' | 'left-out';

/** Ids of rules and rows: the prefix alone, or with a dash and more behind it. */
export interface RuleIds {
  /** `vw-enc` */
  prefix: string;
  /** How many rows the guidance's table has: `vw-enc-01` to `vw-enc-18`. Absent where the guidance has no such table. */
  rows?: number;
}

/** A row of the guidance's tables without a rule or row here, with the reason. */
export interface Excuse {
  id: string;
  reason: string;
}

/** What the engines of validation need to know of a type. */
export type GuidanceDefinition = Pick<
  ResourceDefinition,
  | 'type'
  | 'guidance'
  | 'described'
  | 'ruleIds'
  | 'excused'
  | 'profile'
  | 'elements'
  | 'rules'
  | 'repairs'
  | 'tolerances'
  | 'references'
  | 'identity'
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
  ruleIds: readonly RuleIds[];
  excused: readonly Excuse[];
  /** Which references may name another person than the patient. */
  people: PeopleNamed;
  /** The types that say something about a patient. */
  typesAboutPatient: ReadonlySet<string>;
  /** Whether the guidance's rules for the Bundle apply (semantics, "Words": summary). */
  isSummary(bundle: AnyResource): boolean;
}
