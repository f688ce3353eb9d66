/**
 * A fault or remark about what a caller sent: a value, never an exception. It becomes one
 * `OperationOutcome.issue`. @see https://hl7.org/fhir/R4/operationoutcome.html
 */
export type Severity = 'fatal' | 'error' | 'warning' | 'information';

/** The `IssueType` codes of R4 that Homeward uses. @see https://hl7.org/fhir/R4/valueset-issue-type.html */
export const ISSUE_CODES = [
  'invalid',
  'structure',
  'required',
  'value',
  'invariant',
  'security',
  'login',
  'unknown',
  'expired',
  'forbidden',
  'suppressed',
  'processing',
  'not-supported',
  'duplicate',
  'multiple-matches',
  'not-found',
  'deleted',
  'too-long',
  'code-invalid',
  'extension',
  'too-costly',
  'business-rule',
  'conflict',
  'transient',
  'lock-error',
  'no-store',
  'exception',
  'timeout',
  'incomplete',
  'throttled',
  'informational',
] as const;

export type IssueCode = (typeof ISSUE_CODES)[number];

/** The category of a failure: `src/interfaces/http/status.ts` has the status of each. */
export type FailureCategory =
  | 'unreadable'
  | 'bad-request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'too-slow'
  | 'conflict'
  | 'gone'
  | 'precondition-failed'
  | 'too-large'
  | 'uri-too-long'
  | 'unsupported-media-type'
  | 'range-not-satisfiable'
  | 'invalid'
  | 'throttled'
  | 'headers-too-large'
  | 'exception'
  | 'unavailable';

/** The facts of an issue's id: an entry of the registry, `src/definitions/issues/`. */
export interface IssueEntry {
  /** The usual severity. */
  severity: Severity;
  /** The usual code. */
  code: IssueCode;
  /** The category of a request that it refuses; absent when it refuses none. */
  category?: FailureCategory;
  /** What must hold, in one sentence. */
  claim: string;
  /** The specification or the page of `docs/` with the rule. */
  source: string;
}

/**
 * Every id that is written by hand. Other files add to it by declaring it again: `issue-entries.ts` for the issues of
 * FHIR itself, `src/definitions/issues/` for those of the product, which this folder does not import.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface RegisteredIssues {}

declare const ofTheGuidance: unique symbol;
/** The id of a rule, row or repair of `src/resources/`: it is computed, never written by hand. */
export type GuidanceId = string & { readonly [ofTheGuidance]: true };

export type RuleId = keyof RegisteredIssues | GuidanceId;

/** The id of a rule, row or repair as an issue has it. */
export const guidanceId = (id: string): GuidanceId => id as GuidanceId;

export interface Issue {
  severity: Severity;
  code: IssueCode;
  /** The rule's id, such as `vw-enc-14` or `r4-cardinality`: `details.coding.code`. Never reused, never renumbered. */
  rule: RuleId;
  /**
   * Says what is wrong and what would be right, in a sentence, without repeating a value that could identify the
   * patient.
   */
  text: string;
  /** A FHIRPath from the resource's root, such as `Bundle.entry[2].resource.status`. Absent when there is no place. */
  expression?: string;
  /** Where the rule comes from, such as `3.4.4 Encounter.period`: `diagnostics` begins with it. */
  source?: string;
}

/** True when the submission must be refused. */
export function isFault(issue: Issue): boolean {
  return issue.severity === 'error' || issue.severity === 'fatal';
}
