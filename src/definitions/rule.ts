/**
 * The types in which `src/resources/` says what the guidance says: rows of its element tables, rules, and repairs.
 * They are data and small pure functions; the engines in `src/engines/validation/` loop over them and never name a type.
 */
import type { AnyResource, Json, JsonObject } from '../fhir/types';
import type { IssueCode, Severity } from '../fhir/issue';
import type { PeopleNamed } from './other-people';

/** `default` is what a sender gets who asked for nothing; `strict` is `Prefer: handling=strict` (or `HANDLING=strict`). */
export type Handling = 'default' | 'strict';

/** How severe a deviation is, per handling. `null` means nothing is said. */
export interface Severities {
  default: Severity | null;
  strict: Severity | null;
}

/**
 * One row of an element table of the guidance (section 3.4.x): what must or should be there.
 * The engine derives the check from it: presence (`absent`), and the fixed value or code list where given.
 */
export interface ElementRow {
  /** The rule's id, such as `vw-enc-11`. */
  id: string;
  /** The element's path below the resource, such as `period.start` or `identifier.system`; lists are walked. */
  path: string;
  /** The guidance's section and element, such as `3.4.4 Encounter.period.start`. */
  guidance: string;
  /** The guidance's word. */
  optionality: 'mandatory' | 'required' | 'required-if-using' | 'recommended' | 'optional';
  min?: number;
  max?: number | '*';
  /** What more than `max` is; nothing is said unless given (R4's own maximum is the structure's business). */
  excess?: Severities;
  /** What its absence is. The parent being absent is not an absence of the child. */
  absent?: Severities;
  /** `issue.code` for absence; `required` unless given. */
  absentCode?: IssueCode;
  /** The value it must have (compared up to a `|version` where `canonical`), and what another value is. */
  fixed?: { value: string; canonical?: boolean; otherwise: Severities };
  /** The codes it may have, and what another code is. */
  codes?: { values: readonly string[]; otherwise: Severities };
  /** What to send where it is absent, as a sentence: `Add one, for example a UUID.` */
  send?: string;
  /** The whole sentence for absence, where more is to be said. */
  text?: string;
}

/** Where a rule found something, relative to the resource it was given. */
export interface Finding {
  /** The element's path below the resource, with indexes (`period.end`, `identifier[0].value`); '' for the resource itself. */
  element: string;
  /** What is wrong and what would be right. No value that identifies the patient. */
  text: string;
  /** Where one rule has several severities (see its docstring), the one for this finding; otherwise the rule's own. */
  severity?: Severities;
  code?: IssueCode;
  /** Marks the submission for review, with this reason, when it is accepted all the same (guidance README, decision 5). */
  review?: string;
}

/** One entry of the Bundle as rules see it. */
export interface EntryView {
  index: number;
  fullUrl?: string;
  resource: AnyResource;
}

/** How a reference was resolved inside the Bundle: the step of section 8's algorithm, its result. */
export type Resolution =
  | { outcome: 'resolved'; entry: EntryView; step: 1 | 2 | 3 | 4 | 5 | 6; clean: boolean }
  | { outcome: 'contained'; resource: AnyResource }
  | { outcome: 'unresolved' }
  | { outcome: 'ambiguous'; candidates: number };

/** One reference of which section 8 of the guidance's rules speaks. */
export interface ReferenceElement {
  /** Below the resource: `subject`, `context.encounter`. */
  path: string;
  /** The types that R4 lets it point to; a Patient's alone where the guidance allows nothing else. */
  targets: readonly string[];
  /** What it should point to, in words: `the Patient of this Bundle`. */
  meant: string;
  guidance: string;
  /** The row of section 8, such as `vw-xref-01`. */
  resolvesId: string;
  /** The row of its `.reference`, such as `vw-enc-10`, where there is one. */
  literalId?: string;
  /** What an unresolved one is. */
  unresolved: Severities;
  /** True of rows 01 to 04, where more than one candidate is an error too. */
  mandatory: boolean;
  breaks: RuleExample;
  /** Given with `literalId`. */
  breaksLiteral?: RuleExample;
  keeps: RuleExample;
}

/** What a rule of one type may know of another: two fields of its definition. */
export interface DefinitionForRules {
  described?: true;
  references?: readonly ReferenceElement[];
}

/** The context that a rule may read in addition to its resource. Everything in it is read-only. */
export interface RuleContext {
  handling: Handling;
  /** The moment of receipt. */
  now: Date;
  /** The whole Bundle, or a Bundle of one entry where a single resource is validated. */
  bundle: AnyResource;
  /** True where the Bundle is a summary (semantics: `collection`, `document`, `message`, or a transaction with a DocumentReference or an Encounter). */
  isSummary: boolean;
  entries: readonly EntryView[];
  entriesOf(resourceType: string): readonly EntryView[];
  /** Resolves a Reference found in `from`, by section 8's algorithm; never leaves the Bundle. */
  resolve(reference: JsonObject, from: EntryView, allowedTypes?: readonly string[]): Resolution;
  /** What is defined of a type; undefined where the type has no folder. */
  definitionOf(resourceType: string): DefinitionForRules | undefined;
  /** Which references may name another person than the patient. */
  people: PeopleNamed;
  /** The types that say something about a patient. */
  typesAboutPatient: ReadonlySet<string>;
  /**
   * The result of `compute`, found once for this Bundle. Two callers that give the same key share it.
   * @param key an object of its own for each thing that is computed, such as the function that computes it
   */
  once<T>(key: object, compute: () => T): T;
  /** Site settings that rules need. */
  settings: RuleSettings;
}

export interface RuleSettings {
  testRangeNhsNumbers: 'accept' | 'refuse';
  /** The server's id of the patient with an NHS number; absent where a file is judged by itself, without a server. */
  idOfPatient?: ((nhsNumber: string) => string) | undefined;
}

/**
 * One rule: what must hold of a resource. Named as the claim (`periodDoesNotEndBeforeItStarts`).
 * `check` yields nothing where the claim holds; it must not throw, whatever the shape of the resource. A check of a
 * large document yields undefined after each part of its work, so that other requests can be served.
 */
export interface Rule<R = AnyResource> {
  /** `vw-…` or `news2-…`; never reused, never renumbered. */
  id: string;
  severity: Severities;
  code: IssueCode;
  /** The section and element, such as `3.4.4 Encounter.period`. */
  guidance: string;
  /** What must hold, in one sentence; a line of `docs/rules.md`. */
  claim: string;
  check(resource: R, context: RuleContext, entry: EntryView): Iterable<Finding | undefined> | void;
  /** One resource (or Bundle) that keeps the rule and one that breaks it: shown in tests, run by the house test. */
  examples: { keeps: RuleExample; breaks: RuleExample };
}

/** A function that changes a valid summary (given as a fresh copy) so that it keeps, or breaks, the rule. */
export type RuleExample = (summary: AnyResource) => AnyResource;

/** One change that a repair made to the working copy. */
export interface Repaired {
  /** Where, relative to the resource. */
  element: string;
  /** What was done, for the sender: "was not a list; read as a list of one". No patient data. */
  text: string;
  before: Json;
  after: Json;
  /** Where a repair is recorded with other than a warning (some of the register are information). */
  severity?: Severity;
  review?: string;
}

/**
 * When a repair runs. A later stage sees what an earlier one changed: the names of properties, then lone objects and
 * lists, then single values wherever they are, then what one resource type means. Within a stage, repairs run in the
 * order in which their folder lists them. @see guidance, defects, section 6
 */
export const stages = ['keys', 'shapes', 'values', 'meanings'] as const;
export type Stage = (typeof stages)[number];

/**
 * One repair of a known, unambiguous deviation (the Norm column of the guidance's defect register).
 * `repair` changes the working copy in place and tells each change; it must not throw, whatever the shape.
 */
export interface Repair {
  /** The Norm name, such as `enc-status-final`. */
  norm: string;
  stage: Stage;
  /** The defect's id, such as `def-04`. */
  defect: string;
  guidance: string;
  claim: string;
  repair(resource: AnyResource, context: RepairContext): Iterable<Repaired>;
  examples: { keeps: RuleExample; breaks: RuleExample };
}

/**
 * A repair of every value of some datatypes, wherever R4 has one (`Coding`, `dateTime`, …), in any resource. The engine
 * walks each resource for all of them at once.
 */
export interface DatatypeRepair extends Omit<Repair, 'repair'> {
  /** `integer`, `Coding`, …; `*` for every object, of any type. */
  datatypes: readonly string[];
  /** Mends the value in place, and tells what was done; nothing where it is right, or not known. Must not throw. */
  mend(value: Json, place: ValuePlace): Mended | undefined;
}

/** The place of a value. Valid only until `mend` returns. */
export interface ValuePlace {
  holder: JsonObject | Json[];
  key: string | number;
  /** The names that R4 has for the properties of the object, where the value is one. */
  properties: ReadonlyMap<string, unknown>;
  /** Its datatype or backbone: `Address`, `Patient.contact`. */
  type: string;
  /** Of a Reference: the types it may point to, where R4 says. */
  targets: readonly string[] | undefined;
  context: RepairContext;
}

/** As `Repaired`, at an element below the value (`system`), or at the value itself. */
export type Mended = Omit<Repaired, 'element'> & { below?: string };

export interface RepairContext {
  entries: readonly EntryView[];
  entry: EntryView;
}

export const always = (severity: Severity): Severities => ({ default: severity, strict: severity });
export const stricter = (byDefault: Severity | null, strict: Severity | null): Severities => ({
  default: byDefault,
  strict,
});
